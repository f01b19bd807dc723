"""Blueprint separable convolutions: shapes, numbers of weights, which layers are replaced, and the penalty."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.models.bsconv import orthonormal_penalty, rewrite, rewriting_of, separable, subspaces
from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.engine import Engine

SGD = EpochSettings("sgd", 0.05)


def num_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 128), (100, 30), (16, 16), (3, 8), (1, 4)])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_has_the_papers_number_of_weights(inputs: int, outputs: int, kernel: int, bias: bool) -> None:
    layer = nn.Conv2d(inputs, outputs, kernel, bias=bias)
    last = outputs * kernel * kernel + outputs * bias
    assert num_parameters(separable(layer, "u")) == inputs * outputs + last
    middle = {64: 16, 100: 25, 16: 4, 3: 3, 1: 1}[inputs]
    assert num_parameters(separable(layer, "s")) == inputs * middle + middle * outputs + last


@pytest.mark.parametrize("kind", ["u", "s"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"padding": 2, "dilation": 2},
        {"padding": "same"},
        {"padding": 1, "padding_mode": "reflect"},
        {"stride": (2, 1), "padding": (0, 1)},
    ],
)
def test_a_layer_keeps_the_size_and_the_border_of_its_maps(kind: str, options: dict[str, Any]) -> None:
    layer = nn.Conv2d(6, 10, 3, **options)
    new = separable(layer, kind)
    images = torch.rand(2, 6, 9, 9)
    assert new(images).shape == layer(images).shape
    assert new[-1].padding_mode == layer.padding_mode


@pytest.mark.parametrize("kind", ["u", "s"])
def test_the_layers_are_one_convolution_whose_kernels_are_multiples_of_a_blueprint(kind: str) -> None:
    layer = nn.Conv2d(8, 5, 3, padding=1, stride=2)
    new = separable(layer, kind)
    across = new[0].weight.flatten(1)
    if kind == "s":
        across = new[1].weight.flatten(1) @ across
    kernels = across[:, :, None, None] * new[-1].weight
    images = torch.rand(2, 8, 9, 9)
    whole = nn.functional.conv2d(images, kernels, new[-1].bias, stride=2, padding=1)
    torch.testing.assert_close(new(images), whole)


# By hand: 3x3 convolutions as in the paper, 172,032 weights of 1x1 shortcuts, 9,600 of BatchNorm, 5,130 of the head.
@pytest.mark.parametrize(("kind", "convolutions"), [("u", 1_255_936), ("s", 624_137)])
def test_a_resnet_has_its_parameters_and_trains(kind: str, convolutions: int) -> None:
    model = build_model(ModelConfig("resnet18", bsconv=kind), 10, 3, 32)
    assert num_parameters(model) == convolutions + 172_032 + 9_600 + 5_130
    model(torch.rand(2, 3, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_the_stem_of_7_x_7_pixels_stays() -> None:
    model = build_model(ModelConfig("resnet18", {"stem": "imagenet"}, "u"), 10, 3, 32)
    assert num_parameters(model) == 1_442_698 - 768 + 64 * 3 * 7 * 7
    assert isinstance(model.conv1, nn.Conv2d)


@pytest.mark.parametrize("layer", [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, (1, 3))])
def test_pointwise_grouped_and_oblong_convolutions_stay(layer: nn.Conv2d) -> None:
    model = nn.Sequential(layer, nn.Conv2d(4, 4, 3))
    assert rewrite(model, "u")[0] is layer  # type: ignore[index]
    assert isinstance(model[1], nn.Sequential)


def test_a_layer_in_two_places_stays_one_layer() -> None:
    shared = nn.Conv2d(4, 4, 3, padding=1)
    model = rewrite(nn.Sequential(shared, nn.Sequential(shared)), "u")
    assert model[0] is model[1][0]  # type: ignore[index]
    assert isinstance(rewrite(shared, "u"), nn.Sequential)


def test_of_a_depthwise_separable_network_the_stem_alone_is_rewritten() -> None:
    before, after = (build_model(ModelConfig("timm/mobilenetv1_100", bsconv=kind), 10, 3, 32) for kind in (None, "u"))
    assert num_parameters(after) == num_parameters(before) - 3 * 32 * 9 + 3 * 32 + 32 * 9


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "size", "only_the_stem"),
    [
        ("timm/mobilenetv1_100", 32, True),
        ("timm/legacy_xception", 64, True),
        ("timm/levit_128s", 64, True),
        ("torchvision/mnasnet0_5", 32, True),
        ("torchvision/efficientnet_b0", 32, True),
        ("torchvision/mobilenet_v3_small", 32, True),
        ("small", 32, False),
        ("upanet16", 32, False),
        ("resnet50", 32, False),
        ("torchvision/vgg11_bn", 32, False),
        ("torchvision/efficientnet_v2_s", 32, False),  # early blocks have standard convolutions
    ],
)
def test_whether_the_stem_alone_is_rewritten_is_known(name: str, size: int, only_the_stem: bool) -> None:
    assert not rewriting_of(build_model(ModelConfig(name), 10, 3, size)).rewritten
    found = rewriting_of(build_model(ModelConfig(name, bsconv="s"), 10, 3, size))
    assert found.only_the_stem == only_the_stem
    assert 0 < found.rewritten <= found.spatial


@pytest.mark.usefixtures("without_numbers")
def test_a_model_without_standard_convolutions_is_refused() -> None:
    with pytest.raises(ConfigError, match="bsconv: must be left out for a model without standard convolutions"):
        build_model(ModelConfig("torchvision/vit_b_16", bsconv="u"), 10, 3, 32)


def test_the_penalty_is_zero_for_orthonormal_rows_and_grows_with_their_length() -> None:
    rows = torch.eye(3, 5)[:, :, None, None].requires_grad_()
    assert orthonormal_penalty([rows]).item() == 0.0
    orthonormal_penalty([rows]).backward()
    assert rows.grad is not None
    assert bool(rows.grad.isfinite().all())
    # W W^T - I = 3 I, whose Frobenius norm is 3 sqrt(3); two layers add up.
    assert orthonormal_penalty([2 * rows, 2 * rows]).item() == pytest.approx(0.1 * 2 * 3 * 3**0.5)


@pytest.mark.parametrize(("kind", "layers"), [("u", 0), ("s", 3)])
def test_only_the_subspace_has_a_penalty(kind: str, layers: int) -> None:
    assert len(subspaces(build_model(ModelConfig("small", bsconv=kind), 10, 1, 8))) == layers


@pytest.mark.parametrize("settings", [SGD, EpochSettings("pugd", 0.05, 1.0, 1.0, "both")])
def test_training_draws_the_rows_of_the_subspace_towards_orthonormal_ones(
    digits: Dataset, settings: EpochSettings
) -> None:
    engine = Engine(small_config(model={"name": "small", "bsconv": "s"}), digits, torch.device("cpu"))
    before = orthonormal_penalty(engine._subspaces).item()
    figures = [engine.train_epoch(epoch, settings) for epoch in range(8)]
    assert orthonormal_penalty(engine._subspaces).item() < before / 2
    assert figures[0].train_loss < 2.5, "cross-entropy alone, which is 2.3 for guessing"


def test_without_the_penalty_the_rows_are_not_drawn_there(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(small_config(model={"name": "small", "bsconv": "s"}), digits, torch.device("cpu"))
    rows, before = engine._subspaces, orthonormal_penalty(engine._subspaces).item()
    monkeypatch.setattr(engine, "_subspaces", ())
    for epoch in range(8):
        engine.train_epoch(epoch, SGD)
    assert orthonormal_penalty(rows).item() > before / 2
