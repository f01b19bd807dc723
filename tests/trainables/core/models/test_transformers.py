"""ViT and DeiT: sizes, patches, and options."""

from typing import Any

import pytest
import torch

from trainables.core.models.build import build_model, build_unchecked
from trainables.core.models.pretrained import head_of
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("vit", 5_717_416), ("deit", 5_910_800)],  # timm: vit_tiny_patch16_224 and deit_tiny_distilled_patch16_224
)
def test_for_large_images_they_have_the_size_tiny(name: str, parameters: int) -> None:
    model = build_unchecked(ModelConfig(name, {"stem": "imagenet"}), 1000, 3, 224)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@pytest.mark.parametrize("name", ["vit", "deit"])
def test_they_train_on_images_of_one_channel(name: str) -> None:
    model = build_model(ModelConfig(name, {"depth": 2, "width": 48}), 10, 1, 8)
    logits = model(torch.rand(3, 1, 8, 8))
    logits.sum().backward()
    assert logits.shape == (3, 10)
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_both_heads_of_deit_are_its_head_and_their_mean_its_logits() -> None:
    model = build_model(ModelConfig("deit", {"depth": 1, "width": 12}), 4, 3, 8)
    assert head_of(model) == ("transformer.heads.head", "head")
    with torch.no_grad():
        model.head.bias.fill_(2.0)  # type: ignore[union-attr, operator]
        assert torch.equal(model(torch.rand(2, 3, 8, 8)), torch.ones(2, 4))


@pytest.mark.parametrize(
    ("options", "size", "line"),
    [
        ({}, 30, r"options.patch: must divide dataset.image_size \(30\), but got 4"),
        ({"patch": 0}, 32, "options.patch: must be an integer >= 1, but got 0"),
        ({"depth": 1.5}, 32, "options.depth: must be an integer >= 1, but got 1.5"),
        ({"heads": 5}, 32, r"options.width: must be a multiple of options.heads \(5\), but got 192"),
        ({"stem": "tiny"}, 32, "options.stem: must be one of cifar, imagenet"),
        ({"no_such": 1}, 32, "options: must be keyword arguments that torchvision's vit takes"),
    ],
)
@pytest.mark.parametrize("name", ["vit", "deit"])
def test_options_that_do_not_fit_are_refused(name: str, options: dict[str, Any], size: int, line: str) -> None:
    with pytest.raises(ConfigError, match=line):
        build_model(ModelConfig(name, options), 10, 3, size)
