"""The settings of the base update and of the recipe around it: what is refused, and with which line."""

from typing import Any

import pytest

from trainables.core.settings.config import OPTIMIZER_PARAMETERS, OptimizerConfig, TrainingConfig
from trainables.core.settings.section import ConfigError

TRAINING: dict[str, Any] = {"epochs": 4, "batch_size": 32, "lr": 0.1}
ADAMW = {"name": "adamw"}
REFUSED = [
    ({"optimizer": {"name": "adam"}}, "optimizer.name: must be one of sgd, adamw, but got 'adam'"),
    ({"optimizer": {"betas": [0.9, 0.99]}}, "optimizer.betas: is not used by sgd: leave it out, but got (0.9, 0.99)"),
    ({"optimizer": {"eps": 1e-8}}, "optimizer.eps: is not used by sgd: leave it out, but got 1e-08"),
    (
        {"optimizer": {**ADAMW, "nesterov": False}},
        "optimizer.nesterov: is not used by adamw: leave it out, but got False",
    ),
    ({"optimizer": {**ADAMW, "betas": [0.9]}}, "optimizer.betas: must be two numbers in [0, 1), but got [0.9]"),
    ({"optimizer": {**ADAMW, "betas": [0.9, 1]}}, "optimizer.betas: must be two numbers in [0, 1), but got [0.9, 1.0]"),
    ({"optimizer": {**ADAMW, "eps": 0}}, "optimizer.eps: must be > 0 and finite, but got 0.0"),
    (
        {"optimizer": {"nesterov": True}, "momentum": 0.0},
        "optimizer.nesterov: needs training.momentum > 0, but got True",
    ),
    ({"optimizer": ADAMW, "momentum": 0.8}, "momentum: is not used by adamw: leave it out, but got 0.8"),
    (
        {"optimizer": {"decay_norm_and_bias": False}, "weight_decay": 0.0},
        "optimizer.decay_norm_and_bias: needs training.weight_decay > 0, but got False",
    ),
    ({"label_smoothing": 1}, "label_smoothing: must be in [0, 1), but got 1.0"),
    ({"label_smoothing": -0.1}, "label_smoothing: must be in [0, 1), but got -0.1"),
    ({"clip_grad_norm": 0}, "clip_grad_norm: must be > 0 and finite, but got 0.0"),
    ({"ema": 1}, "ema: must be in (0, 1), but got 1.0"),
    ({"ema": 0}, "ema: must be in (0, 1), but got 0.0"),
    ({"class_weights": "equal"}, "class_weights: must be balanced, or be left out, but got 'equal'"),
    ({"freeze_epochs": 4}, "freeze_epochs: must be >= 0 and < epochs (4), but got 4"),
    ({"freeze_epochs": -1}, "freeze_epochs: must be >= 0 and < epochs (4), but got -1"),
]


@pytest.mark.parametrize(("training", "line"), REFUSED)
def test_what_does_not_fit_is_named(training: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainingConfig.from_dict({**TRAINING, **training})
    assert str(caught.value) == line


@pytest.mark.parametrize("name", OPTIMIZER_PARAMETERS)
def test_a_base_update_is_written_and_read_back_with_all_that_it_uses(name: str) -> None:
    built = TrainingConfig.from_dict({**TRAINING, "optimizer": {"name": name}})
    used = {item for item in OptimizerConfig.__dataclass_fields__ if getattr(built.optimizer, item) is not None}
    assert used == {"name", "decay_norm_and_bias", *OPTIMIZER_PARAMETERS[name]}
    assert TrainingConfig.from_dict(built.to_dict()) == built
    assert isinstance(hash(built), int)


def test_frozen_epochs_are_stretched_and_leave_an_epoch_for_all_layers() -> None:
    frozen = TrainingConfig.from_dict({**TRAINING, "freeze_epochs": 3})
    assert [frozen.stretched(epochs).freeze_epochs for epochs in (8, 2, 1)] == [6, 1, 0]
