"""Parameters and multiply-adds: those of every published network of Haase and Amthor, and those that torch counts."""

import csv
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from trainables.core.models.bsconv import rewrite
from trainables.core.models.build import build_unchecked
from trainables.core.models.mobile_networks import NETWORKS
from trainables.core.models.sizes import Size, sharing_weights, size_of
from trainables.core.settings.config import ModelConfig

PUBLISHED = Path(__file__).parents[3] / "data" / "bsconv_sizes.csv"
"""The sizes for 32 x 32 pixels, in millions, in the tables of the repository of the authors of "Rethinking Depthwise
Separable Convolutions" (CVPR 2020), without the prefix `cifar_` of every name."""
WIDTHS = {"w1": 1.0, "w3d4": 0.75, "w1d2": 0.5, "w1d4": 0.25, "w7d20": 0.35}


def rows() -> list[dict[str, str]]:
    with PUBLISHED.open() as file:
        return list(csv.DictReader(file))


def config_of(network: str) -> tuple[ModelConfig, str | None]:
    """A published network as a model of this package, and its kind of blueprint separable convolutions."""
    name, _, kind = network.partition("_bsconv")
    family, _, rest = name.partition("_")
    if family.startswith("resnet"):
        return ModelConfig(f"cifar_{name}"), kind[:1] or None
    if family.startswith("wrn"):
        return ModelConfig(name), kind[:1] or None
    size, _, width = rest.rpartition("_")
    name = f"mobilenet_{family[-2:]}" + (f"_{size}" if size else "")
    return ModelConfig(name, {"width": WIDTHS[width]}), kind[:1] or None


@pytest.mark.slow
@pytest.mark.parametrize(
    "every",
    [pytest.param(5, id="every fifth"), pytest.param(1, id="all", marks=pytest.mark.campaign)],
)
@pytest.mark.parametrize("family", ["mobilenetv1", "mobilenetv2", "mobilenetv3", "wrn", "resnet"])
def test_every_published_network_has_its_size_to_the_last_digit(family: str, every: int) -> None:
    listed = [row for row in rows() if row["network"].startswith(family)]
    assert len(listed) == {"mobilenetv1": 16, "mobilenetv2": 16, "mobilenetv3": 32, "wrn": 48, "resnet": 15}[family]
    wrong = []
    for row in listed[::every]:
        config, kind = config_of(row["network"])
        if config.name in NETWORKS:
            kind = None  # s changes no layer there, see test_bsconv.py
        with torch.device("meta"):
            model = build_unchecked(config, int(row["classes"]), 3, 32)
            if kind is not None:
                model = rewrite(model, kind, lambda model=model: model.eval()(torch.zeros(1, 3, 32, 32)))  # type: ignore[misc]
        size = size_of(model, 3, 32)
        found = tuple(f"{number / 1e6:.2f}" for number in (size.parameters, size.multiply_adds))
        if found != (row["parameters"], row["multiply_adds"]):
            wrong.append((row, found))
    assert not wrong


def meta(config: ModelConfig, image_size: int = 32) -> nn.Module:
    with torch.device("meta"):
        return build_unchecked(config, 10, 3, image_size)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet18", {}),
        ("mobilenet_v3_small", {}),
        ("efficientnet_b0", {"stem": "imagenet"}),
        ("densenet121", {}),
        ("vit", {"depth": 2}),
        ("deit", {"depth": 2}),
    ],
)
def test_the_products_are_those_that_torch_counts(name: str, options: dict[str, object]) -> None:
    model = meta(ModelConfig(name, options))
    counter = FlopCounterMode(display=False)
    model.eval()
    with counter, sdpa_kernel(SDPBackend.MATH):
        model(torch.zeros(1, 3, 32, 32, device="meta"))
    assert size_of(model, 3, 32).products == counter.get_total_flops() // 2


def test_values_that_get_a_bias_pass_a_relu_or_are_pooled_count_once_and_normed_ones_twice() -> None:
    with torch.device("meta"):
        layers = [nn.Conv2d(3, 4, 3, padding="same"), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
        model = nn.Sequential(*layers, nn.Hardswish(), nn.Flatten(), nn.Linear(4, 5))
    values = 4 * 8 * 8
    assert size_of(model, 3, 8) == Size(3 * 4 * 9 + 4 + 8 + 25, values * 27 + 20, values * (1 + 2 + 1 + 1) + 5)


def test_images_that_shrink_to_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="too small for a kernel"), torch.device("meta"):
        size_of(nn.Sequential(nn.Conv2d(3, 4, 5), nn.Conv2d(4, 4, 5)), 3, 8)


def test_a_copy_that_shares_weights_is_rewritten_alone() -> None:
    model = meta(ModelConfig("resnet10"))
    copied = rewrite(sharing_weights(model), "u")
    assert copied.fc.weight is model.fc.weight  # type: ignore[union-attr]
    assert size_of(model, 3, 32).parameters == 4_903_242
    assert size_of(copied, 3, 32).parameters == 725_258
