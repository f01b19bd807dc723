"""timm's classifiers by name: they train on small images of any number of channels, at the size of the data set."""

from typing import Any

import pytest
import torch

from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(
    ("name", "in_channels", "image_size"),
    [
        ("mobilenetv1_100", 3, 32),
        ("mobilenetv1_100", 1, 8),
        pytest.param("legacy_xception", 3, 64, marks=pytest.mark.campaign),
        pytest.param("vit_tiny_patch16_224", 3, 32, marks=pytest.mark.campaign),
        ("deit_tiny_patch16_224", 1, 48),
        ("test_vit.r160_in1k", 3, 32),
        ("test_resnet", 1, 16),
    ],
)
def test_a_network_of_the_literature_trains_on_small_images(name: str, in_channels: int, image_size: int) -> None:
    model = build_model(ModelConfig(f"timm/{name}"), 7, in_channels, image_size)
    logits = model(torch.rand(2, in_channels, image_size, image_size))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 6])).backward()
    assert logits.shape == (2, 7)
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_mobilenet_v1_has_its_published_parameters() -> None:
    model = build_model(ModelConfig("timm/mobilenetv1_100"), 1000, 3, 32)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert parameters == 4_231_976  # the paper, table 8: 4.2 million


@pytest.mark.parametrize(("size", "tokens"), [(32, 2 * 2 + 1), (48, 3 * 3 + 1)])
def test_a_transformer_is_built_for_the_data_sets_images(size: int, tokens: int) -> None:
    model = build_model(ModelConfig("timm/vit_tiny_patch16_224"), 10, 3, size)
    assert model.pos_embed.shape == (1, tokens, 192)


def test_images_that_the_model_cannot_take_are_refused_in_one_line() -> None:
    build_model(ModelConfig("timm/xcit_nano_12_p16_224"), 10, 3, 32)
    with pytest.raises(ConfigError, match=r"^name: must .*dataset.image_size") as caught:
        build_model(ModelConfig("timm/crossvit_tiny_240"), 10, 3, 8)
    assert "\n" not in str(caught.value)


def test_timms_own_options_are_passed_on() -> None:
    model = build_model(ModelConfig("timm/test_resnet", {"drop_rate": 0.25}), 10, 3, 32)
    assert model.drop_rate == 0.25


@pytest.mark.parametrize("options", [{"no_such_option": 1}, {"num_classes": 3}, {"in_chans": 3}, {"img_size": 32}])
def test_options_that_timm_or_the_data_set_does_not_leave_open_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"options: must .*{next(iter(options))}"):
        build_model(ModelConfig("timm/test_vit", options), 10, 3, 32)


def test_a_tag_that_timm_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"name: must be a model of timm, with one of its tags .*'timm/test_vit.nope"):
        build_model(ModelConfig("timm/test_vit.nope"), 10, 3, 32)
