"""MobileNets in either stem: sizes of the original networks, widths, and channels of the images."""

import pytest
import torch
from torch import nn

from trainables.core.models.build import build_model, build_unchecked
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError


def num_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "width", "parameters"),
    [
        ("mobilenet_v1", 1.0, 4_231_976),  # arXiv:1704.04861: 4.2 million
        ("mobilenet_v1", 0.5, 1_331_592),  # 1.3 million
        ("mobilenet_v2", 1.0, 3_504_872),  # torchvision's table of its models
        ("mobilenet_v3_small", 1.0, 2_542_856),
        ("mobilenet_v3_large", 1.0, 5_483_032),
    ],
)
def test_the_stem_of_large_images_has_the_original_network(name: str, width: float, parameters: int) -> None:
    model = build_unchecked(ModelConfig(name, {"stem": "imagenet", "width": width}), 1000, 3, 224)
    assert num_parameters(model) == parameters


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"])
def test_narrow_ones_train_on_grey_images(name: str, stem: str) -> None:
    model = build_model(ModelConfig(name, {"stem": stem, "width": 0.1}), 10, 1, 32)
    model(torch.rand(2, 1, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"width": 0.09}, r"options.width: must be a number in \[0.1, 16\], but got 0.09"),
        ({"width": 17}, r"options.width: must be a number in \[0.1, 16\], but got 17"),
        ({"width": "wide"}, r"options.width: must be a number in \[0.1, 16\], but got 'wide'"),
        ({"stem": "tiny"}, "options.stem: must be one of cifar, imagenet, but got 'tiny'"),
        ({"dropout": 0.5}, "options: must be keyword arguments that mobilenet_v2 takes with the stem cifar: stem and"),
        ({"stem": "imagenet", "depth": 1}, "options: must be keyword arguments that torchvision's mobilenet_v2 takes"),
    ],
)
def test_other_options_are_refused(options: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError, match=line):
        build_model(ModelConfig("mobilenet_v2", options), 10, 3, 32)
