"""ResNets by their depth, with the stem of small or of large images."""

import pytest
import torch

from trainables.core.models.build import build_model
from trainables.core.seeding import seed_everything
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError

IMAGENET_PARAMETERS = {  # torchvision's table of its models, 1000 classes
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
}


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        pytest.param(*item, marks=[pytest.mark.campaign] * (item[0] in ("resnet101", "resnet152")))
        for item in IMAGENET_PARAMETERS.items()
    ],
)
@pytest.mark.parametrize(("stem", "fewer"), [("imagenet", 0), ("cifar", 64 * 3 * (7 * 7 - 3 * 3))])
def test_the_depths_have_their_parameters_in_either_stem(name: str, parameters: int, stem: str, fewer: int) -> None:
    model = build_model(ModelConfig(name, {"stem": stem}), 1000, 3, 32)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters - fewer


@pytest.mark.parametrize(("stem", "size"), [("cifar", 32), ("imagenet", 8)])
def test_the_stem_decides_at_what_size_the_first_block_works(stem: str, size: int) -> None:
    model = build_model(ModelConfig("resnet18", {"stem": stem}), 10, 3, 32)
    sizes: list[torch.Size] = []
    model.layer1.register_forward_hook(lambda _module, _inputs, output: sizes.append(output.shape))  # type: ignore[union-attr, operator]
    model(torch.rand(2, 3, 32, 32))
    assert sizes == [(2, 64, size, size)]


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_images_of_one_channel_are_taken_and_trained_on(stem: str) -> None:
    model = build_model(ModelConfig("resnet18", {"stem": stem}), 10, 1, 32)
    logits = model(torch.rand(2, 1, 32, 32))
    logits.sum().backward()
    assert logits.shape == (2, 10)
    assert model.conv1.weight.grad is not None  # type: ignore[union-attr]


def test_a_seed_gives_the_weights_of_the_first_release() -> None:
    seed_everything(0, "weights")
    parameters = list(build_model(ModelConfig("resnet18"), 10, 3, 32).parameters())
    sums = [float(parameter.detach().double().sum()) for parameter in (parameters[0], *parameters[-2:])]
    assert sums == pytest.approx([0.047918599269905826, 1.6431177443905653, -0.13205181527882814], abs=1e-6)


def test_another_stem_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"options.stem: must be one of cifar, imagenet, but got 'tiny'"):
        build_model(ModelConfig("resnet18", {"stem": "tiny"}), 10, 3, 32)
