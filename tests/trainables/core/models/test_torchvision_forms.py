"""DenseNet, EfficientNet, MnasNet and VGG with the stem of small or of large images."""

import pytest
import torch
from torch import nn

from trainables.core.models.build import build_model, build_unchecked
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError

PARAMETERS = {  # torchvision's table of its models, 1000 classes
    "vgg16_bn": 138_365_992,
    "densenet121": 7_978_856,
    "efficientnet_b0": 5_288_548,
    "mnasnet": 4_383_312,
}


def num_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_the_stem_of_large_images_has_torchvisions_network(name: str, parameters: int) -> None:
    assert num_parameters(build_unchecked(ModelConfig(name, {"stem": "imagenet"}), 1000, 3, 224)) == parameters


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "fewer"),
    [
        ("vgg16_bn", 512 * 7 * 7 * 4096 + 4096 * 4096 + 2 * 4096 + (4096 - 512) * 1000),
        ("densenet121", 64 * 3 * (7 * 7 - 3 * 3)),
        ("efficientnet_b0", 0),
        ("mnasnet", 0),
    ],
)
def test_the_stem_of_small_images_changes_the_first_layers_or_the_head_alone(name: str, fewer: int) -> None:
    assert num_parameters(build_unchecked(ModelConfig(name), 1000, 3, 32)) == PARAMETERS[name] - fewer


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "last", "sizes"), [("efficientnet_b0", "features.8", (4, 1)), ("mnasnet", "layers.16", (4, 1))]
)
def test_small_images_keep_4_pixels_a_side_up_to_the_last_layer(name: str, last: str, sizes: tuple[int, int]) -> None:
    for stem, size in zip(("cifar", "imagenet"), sizes, strict=True):
        model, seen = build_unchecked(ModelConfig(name, {"stem": stem}), 10, 3, 32).eval(), list[int]()
        model.get_submodule(last).register_forward_hook(lambda _m, _i, out, seen=seen: seen.append(out.shape[-1]))
        model(torch.zeros(2, 3, 32, 32))
        assert seen == [size]


@pytest.mark.slow
@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "stem"),
    [
        *((name, "cifar") for name in PARAMETERS),
        ("mnasnet", "imagenet"),
        *(pytest.param(name, "imagenet", marks=pytest.mark.campaign) for name in PARAMETERS if name != "mnasnet"),
    ],
)
def test_they_train_on_images_of_one_channel(name: str, stem: str) -> None:
    model = build_model(ModelConfig(name, {"stem": stem}), 10, 1, 32)
    model(torch.rand(2, 1, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("name", PARAMETERS)
def test_unknown_options_and_stems_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"options.stem: must be one of cifar, imagenet"):
        build_model(ModelConfig(name, {"stem": "tiny"}), 10, 3, 32)
    with pytest.raises(ConfigError, match="options: must be keyword arguments that torchvision's"):
        build_model(ModelConfig(name, {"no_such": 1}), 10, 3, 32)
