"""The settings of the learning rate: what each schedule needs and refuses, and what stretching changes."""

from typing import Any

import pytest

from tests.trainables.core.conftest import small_config
from trainables.core.history.lineage import epoch_settings
from trainables.core.settings.config import LR_SCHEDULE_PARAMETERS, LrScheduleConfig, TrainingConfig
from trainables.core.settings.section import ConfigError

NEEDED: dict[str, dict[str, Any]] = {"step": {"milestones": [0.5]}, "cosine_restarts": {"T_0": 2}}

REFUSED = [
    ({"name": "cos"}, "name: must be one of constant, cosine, linear, step, one_cycle, cosine_restarts, but got 'cos'"),
    ({"name": "step"}, "milestones: is needed by step"),
    ({"name": "cosine_restarts"}, "T_0: is needed by cosine_restarts"),
    ({"name": "cosine", "gamma": 0.1}, "gamma: is not used by cosine: leave it out, but got 0.1"),
    ({"name": "constant", "min_lr": 0.0}, "min_lr: is not used by constant: leave it out, but got 0.0"),
    ({"name": "one_cycle", "warmup_epochs": 1}, "warmup_epochs: is not used by one_cycle: leave it out, but got 1.0"),
    ({"warmup_factor": 0.1}, "warmup_factor: is not used without warmup_epochs: leave it out, but got 0.1"),
    ({"warmup_epochs": 4}, "warmup_epochs: must be < training.epochs (4), but got 4.0"),
    ({"warmup_epochs": -1}, "warmup_epochs: must be >= 0 and finite, but got -1.0"),
    ({"warmup_epochs": 1, "warmup_factor": 1}, "warmup_factor: must be in [0, 1), but got 1.0"),
    ({"min_lr": 0.2}, "min_lr: must be <= training.lr (0.1), but got 0.2"),
    ({"min_lr": -0.1}, "min_lr: must be >= 0 and finite, but got -0.1"),
    ({"name": "step", "milestones": []}, "milestones: must have at least one milestone, but got []"),
    ({"name": "step", "milestones": [0.0]}, "milestones: must be > 0 and finite, but got [0.0]"),
    ({"name": "step", "milestones": [3, 2]}, "milestones: must be in rising order, but got [3.0, 2.0]"),
    ({"name": "step", "milestones": [2, 2]}, "milestones: must be in rising order, but got [2.0, 2.0]"),
    ({"name": "step", "milestones": [4]}, "milestones: must be < training.epochs (4), but got [4.0]"),
    ({"name": "step", "milestones": ["a"]}, "milestones.0: must be a number, but got 'a'"),
    ({"name": "step", "milestones": 0.5}, "milestones: must be a list, but got 0.5"),
    (
        {"name": "step", "milestones": [0.5, 3]},
        "milestones: must be all shares of training (< 1) or all epochs (>= 1), but got [0.5, 3.0]",
    ),
    (
        {"name": "step", "milestones": [0.25], "warmup_epochs": 2},
        "milestones: must not lie in the warm-up (2 epochs), but got [0.25]",
    ),
    ({"name": "step", "milestones": [2], "gamma": 1.1}, "gamma: must be in (0, 1], but got 1.1"),
    ({"name": "one_cycle", "pct_start": 1}, "pct_start: must be in (0, 1), but got 1.0"),
    ({"name": "one_cycle", "div_factor": 0.5}, "div_factor: must be >= 1 and finite, but got 0.5"),
    ({"name": "one_cycle", "final_div_factor": 0}, "final_div_factor: must be >= 1 and finite, but got 0.0"),
    ({"name": "cosine_restarts", "T_0": 0}, "T_0: must be > 0 and finite, but got 0.0"),
    ({"name": "cosine_restarts", "T_0": 1, "T_mult": 0}, "T_mult: must be >= 1, but got 0"),
    (
        {"name": "cosine_restarts", "T_0": 4, "warmup_epochs": 1},
        "T_0: must be <= the 3 epochs that are left after the warm-up, but got 4.0",
    ),
]


def training(schedule: Any, epochs: int = 4) -> TrainingConfig:
    return TrainingConfig.from_dict({"epochs": epochs, "batch_size": 32, "lr": 0.1, "lr_schedule": schedule})


@pytest.mark.parametrize(("schedule", "line"), REFUSED)
def test_what_a_schedule_does_not_allow_is_named(schedule: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        training(schedule)
    assert str(caught.value) == f"lr_schedule.{line}"


@pytest.mark.parametrize("name", LR_SCHEDULE_PARAMETERS)
def test_a_schedule_takes_all_its_parameters_and_is_written_and_read_back(name: str) -> None:
    built = training({"name": name, **NEEDED.get(name, {})})
    used = {item for item in LrScheduleConfig.__dataclass_fields__ if getattr(built.schedule, item) is not None}
    assert used == {"name", *LR_SCHEDULE_PARAMETERS[name]}
    assert TrainingConfig.from_dict(built.to_dict()) == built
    assert hash(built) == hash(TrainingConfig.from_dict(built.to_dict()))


def test_the_short_form_stays_a_name() -> None:
    assert training("one_cycle").to_dict()["lr_schedule"] == "one_cycle"
    assert training("linear").schedule == LrScheduleConfig("linear")
    with pytest.raises(ConfigError, match=r"lr_schedule.milestones: is needed by step"):
        training("step")


def rates(settings: TrainingConfig) -> list[float]:
    config = small_config(settings.epochs, 0, training=settings.to_dict())
    return [epoch_settings(config, epoch, 0).learning_rate for epoch in range(settings.epochs)]


@pytest.mark.parametrize(
    "schedule",
    [
        {"name": "step", "milestones": [2, 5]},
        {"name": "step", "milestones": [1, 5], "warmup_epochs": 1},
        {"name": "step", "milestones": [0.25, 0.75]},
        {"name": "cosine", "warmup_epochs": 2, "min_lr": 0.01},
        {"name": "cosine_restarts", "T_0": 2, "T_mult": 3},
        "cosine",
    ],
)
def test_a_stretched_training_has_the_same_schedule_on_a_longer_axis_and_back(schedule: Any) -> None:
    short = training(schedule, epochs=8)
    assert rates(short.stretched(16))[::2] == pytest.approx(rates(short))
    assert rates(short.stretched(4)) == pytest.approx(rates(short)[::2])
    assert rates(short.stretched(16).stretched(8)) == pytest.approx(rates(short))
