"""torchvision's classifiers by name: they train on small colour images, and say so when images are grey."""

import pytest
import torch

from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError

NAMES = ("mobilenet_v3_small", "vgg16_bn")
MORE_NAMES = ("mobilenet_v2", "mobilenet_v3_large", "densenet121", "efficientnet_b0", "mnasnet1_0")


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize("name", [*NAMES, *(pytest.param(name, marks=pytest.mark.campaign) for name in MORE_NAMES)])
def test_a_network_of_the_literature_trains_on_images_of_32_pixels(name: str) -> None:
    model = build_model(ModelConfig(f"torchvision/{name}"), 7, 3, 32)
    logits = model(torch.rand(2, 3, 32, 32))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 6])).backward()
    assert logits.shape == (2, 7)
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
def test_a_small_one_of_them_has_finite_gradients(name: str) -> None:
    model = build_model(ModelConfig(f"torchvision/{name}"), 7, 3, 32)
    torch.nn.functional.cross_entropy(model(torch.rand(2, 3, 32, 32)), torch.tensor([0, 6])).backward()
    assert all(bool(parameter.grad.isfinite().all()) for parameter in model.parameters() if parameter.grad is not None)


@pytest.mark.parametrize("name", [*NAMES, *MORE_NAMES])
def test_grey_images_are_refused_with_what_takes_them(name: str) -> None:
    rule = "name: takes images of 3 channels, not 1: choose small, upanet16, a resnet without torchvision/ or a model"
    with pytest.raises(ConfigError, match=rule):
        build_model(ModelConfig(f"torchvision/{name}"), 7, 1, 32)
