"""The small model: its width, and the smallest batch that it can be trained with."""

from typing import Any

import pytest
import torch

from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError


def test_the_small_model_trains_on_a_single_image() -> None:
    build_model(ModelConfig("small"), 10, 1, 8)(torch.rand(1, 1, 8, 8)).sum().backward()


def test_without_norms_the_small_model_has_biases_instead() -> None:
    plain = build_model(ModelConfig("small", {"norm": False}), 10, 1, 8)
    assert [type(layer).__name__ for layer in plain.children()][:4] == ["Conv2d", "ReLU"] * 2
    assert sum(p.numel() for p in plain.parameters()) == 24_058 - (16 + 32 + 64)
    with pytest.raises(ConfigError, match=r"options.norm: must be true or false, but got 0"):
        build_model(ModelConfig("small", {"norm": 0}), 10, 1, 8)


@pytest.mark.parametrize(("width", "accepted"), [(1, True), (32, True), (0, False), (1.5, False), (True, False)])
def test_the_small_models_width_is_a_whole_number_from_1(width: Any, accepted: bool) -> None:
    config = ModelConfig("small", {"width": width})
    if accepted:
        assert build_model(config, 10, 1, 8)[-1].in_features == 4 * width  # type: ignore[index]
    else:
        with pytest.raises(ConfigError, match=r"options.width: must be an integer >= 1"):
            build_model(config, 10, 1, 8)
