import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from trainables.core.models.build import build_model
from trainables.core.seeding import seed_everything
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError

MINE = """
import torch
from torch import nn

def linear(num_classes, in_channels, image_size, bias=True):
    return nn.Sequential(nn.Flatten(), nn.Linear(in_channels * image_size**2, num_classes, bias=bias))

def text(num_classes, in_channels, image_size):
    return "no module"

def headless(num_classes, in_channels, image_size):
    return nn.Conv2d(in_channels, num_classes, 3)

def two_outputs(num_classes, in_channels, image_size):
    class Two(nn.Module):
        def forward(self, images):
            return images, images
    return Two()

constant = 3
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the user's own, importable as `my_nets`."""
    (tmp_path / "my_nets.py").write_text(MINE)
    (tmp_path / "broken_nets.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_nets", raising=False)
    return "my_nets"


def num_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "in_channels", "image_size", "parameters"),
    [
        ("small", 1, 8, 24_058),
        ("small", 3, 32, 24_346),
        ("upanet16", 3, 32, 1_512_431),  # the paper: 1.5 M
        ("resnet18", 3, 32, 11_173_962),  # the usual CIFAR variant: 11.17 M
        ("torchvision/squeezenet1_0", 3, 32, 740_554),
    ],
)
def test_a_model_has_its_parameters_and_gives_logits(
    name: str, in_channels: int, image_size: int, parameters: int
) -> None:
    model = build_model(ModelConfig(name), 10, in_channels, image_size)
    assert num_parameters(model) == parameters
    assert model.training
    assert model(torch.rand(3, in_channels, image_size, image_size)).shape == (3, 10)


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize("name", ["torchvision/googlenet", "torchvision/vit_b_16"])
def test_torchvisions_special_families_give_plain_logits_in_training_mode(name: str) -> None:
    model = build_model(ModelConfig(name), 7, 3, 32)
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 7)


@pytest.mark.usefixtures("without_numbers")
def test_inception_gives_plain_logits_in_training_mode() -> None:
    model = build_model(ModelConfig("torchvision/inception_v3"), 7, 3, 75)
    assert model(torch.rand(2, 3, 75, 75)).shape == (2, 7)


def test_images_that_shrink_to_nothing_inside_the_model_are_refused() -> None:
    build_model(ModelConfig("torchvision/squeezenet1_0"), 7, 3, 24)
    with pytest.raises(ConfigError, match="name: must fit images of 3 x 8 x 8: choose another model or"):
        build_model(ModelConfig("torchvision/squeezenet1_0"), 7, 3, 8)


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(("name", "image_size"), [("torchvision/vit_b_16", 40), ("torchvision/maxvit_t", 32)])
def test_an_image_size_that_the_family_cannot_take_is_refused_in_one_line(name: str, image_size: int) -> None:
    with pytest.raises(ConfigError, match=r"name: must .*dataset.image_size") as caught:
        build_model(ModelConfig(name), 10, 3, image_size)
    assert "\n" not in str(caught.value)


def test_torchvision_models_take_colour_images_only() -> None:
    with pytest.raises(ConfigError, match="name: takes images of 3 channels, not 1: choose small"):
        build_model(ModelConfig("torchvision/squeezenet1_0"), 10, 1, 32)
    assert build_model(ModelConfig("resnet18"), 10, 1, 8)(torch.rand(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize("name", ["small", "upanet16"])
def test_own_models_take_8_pixels_and_no_fewer(name: str) -> None:
    build_model(ModelConfig(name), 10, 1, 8)
    with pytest.raises(ConfigError, match="name: needs images of at least 8 pixels, not 7"):
        build_model(ModelConfig(name), 10, 1, 7)


def test_equal_seeds_build_equal_weights() -> None:
    models = []
    for seed in (1, 1, 2):
        seed_everything("weights", seed)
        models.append(build_model(ModelConfig("small"), 10, 1, 8).state_dict())
    first, again, other = models
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


def test_building_a_model_leaves_its_running_statistics_at_their_start() -> None:
    buffers = dict(build_model(ModelConfig("small"), 10, 1, 8).named_buffers())
    assert all(not tensor.any() for name, tensor in buffers.items() if "mean" in name or "tracked" in name)


@pytest.mark.parametrize("name", ["small", "upanet16", "torchvision/squeezenet1_0"])
@pytest.mark.parametrize("options", [{"no_such_option": 1}, {"num_classes": 3}])
def test_options_that_the_model_does_not_take_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"options: must .*{next(iter(options))}"):
        build_model(ModelConfig(name, options), 10, 3, 64)


def test_torchvisions_own_options_are_passed_on() -> None:
    model = build_model(ModelConfig("resnet18", {"zero_init_residual": True}), 10, 3, 32)
    assert not model.layer1[0].bn2.weight.any()  # type: ignore[index, union-attr]


def test_a_model_of_the_users_own_is_called_with_the_data_sets_sizes_and_its_options(mine: str) -> None:
    model = build_model(ModelConfig(f"{mine}:linear", {"bias": False}), 5, 2, 3)
    assert num_parameters(model) == 2 * 3 * 3 * 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_nets:absent", "name: must name a function that my_nets has"),
        ("my_nets:constant", "name: must name a function that my_nets has"),
        ("my_nets.absent:linear", "name: must name an importable module"),
        ("broken_nets:linear", "name: must name an importable module .*no_such_package"),
        ("my_nets:text", r"name: must name a function that returns a torch.nn.Module"),
        ("my_nets:headless", r"to logits of shape \(2, 5\), not \(2, 5, 6, 6\)"),
        ("my_nets:two_outputs", r"to logits of shape \(2, 5\), not tuple"),
    ],
)
@pytest.mark.usefixtures("mine")
def test_a_model_of_the_users_own_that_cannot_be_trained_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model(ModelConfig(name), 5, 2, 8)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean small"):
        build_model(ModelConfig("smal"), 10, 1, 8)
