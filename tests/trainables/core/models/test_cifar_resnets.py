"""CIFAR ResNets and wide ResNets; the tables of sizes are in test_sizes.py."""

import pytest
import torch

from trainables.core.models.bsconv import rewriting_of
from trainables.core.models.build import build_model, build_unchecked
from trainables.core.settings.config import ModelConfig


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
@pytest.mark.parametrize("name", ["cifar_resnet20", "wrn16_1"])
@pytest.mark.parametrize("bsconv", [None, "u", "s"])
def test_they_train_on_images_of_one_channel(name: str, stem: str, bsconv: str | None) -> None:
    model = build_model(ModelConfig(name, {"stem": stem}, bsconv), 10, 1, 32)
    model(torch.rand(2, 1, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.usefixtures("without_numbers")
def test_the_width_in_the_name_is_the_default_of_the_option() -> None:
    sizes = []
    for name, options in (("wrn16_4", {}), ("wrn16_1", {"width": 4}), ("wrn16_1", {})):
        sizes.append(sum(p.numel() for p in build_unchecked(ModelConfig(name, options), 10, 3, 32).parameters()))
    assert sizes[0] == sizes[1] > sizes[2]


@pytest.mark.parametrize(("name", "convolutions"), [("cifar_resnet20", 19), ("wrn16_1", 13)])
def test_every_convolution_of_9_pixels_is_rewritten_and_shortcuts_stay(name: str, convolutions: int) -> None:
    found = rewriting_of(build_model(ModelConfig(name, bsconv="s"), 10, 3, 32))
    assert (found.rewritten, found.spatial, found.penalised) == (convolutions,) * 3
