"""The learning rate of each step: it acts in the step, also in one that is recorded, and resumes bit for bit."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.tape import Tape
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import epoch_settings
from trainables.core.training.engine import Engine

SCHEDULES: list[dict[str, Any]] = [
    {"name": "cosine", "warmup_epochs": 1.5, "min_lr": 0.001},
    {"name": "one_cycle"},
    {"name": "step", "milestones": [0.75], "warmup_epochs": 2, "warmup_factor": 0.1},
    {"name": "cosine_restarts", "T_0": 1, "T_mult": 2},
]


@pytest.mark.parametrize("step", [pytest.param("reference", marks=pytest.mark.campaign), "fused"])
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: str(schedule["name"]))
def test_an_interrupted_trial_ends_bit_identical(
    digits: Dataset, tmp_path: Path, schedule: dict[str, Any], step: str
) -> None:
    config = small_config(training={"lr_schedule": schedule, "step": step})
    whole, cut = (trial(config, digits, tmp_path / name) for name in ("whole", "cut"))
    expected = figures(list(whole.epochs()))
    list(islice(cut.epochs(), 1))
    resumed = trial(config, digits, tmp_path / "cut")
    assert figures(list(resumed.epochs())) == expected
    assert_equal_weights(weights(resumed), weights(whole))


def test_the_first_step_of_a_ramp_from_zero_leaves_the_weights_alone(digits: Dataset) -> None:
    config = small_config(training={"lr_schedule": {"name": "constant", "warmup_epochs": 1}})
    engine = Engine(config, digits, torch.device("cpu"))
    before = {name: value.clone() for name, value in engine.parameters().items()}
    engine.train_epoch(0, epoch_settings(config, 0, 2), most_steps=1)
    assert torch.equal(engine.parameters()["0.weight"], before["0.weight"])
    engine.train_epoch(0, epoch_settings(config, 0, 2), most_steps=2)
    assert not torch.equal(engine.parameters()["0.weight"], before["0.weight"])


def test_the_record_tells_the_rate_of_the_last_step(digits: Dataset, tmp_path: Path) -> None:
    config = small_config(training={"lr_schedule": {"name": "constant", "warmup_epochs": 2}})
    records = [outcome.stored.record for outcome in trial(config, digits, tmp_path).epochs()]
    assert [record.learning_rate for record in records] == pytest.approx([0.05 * 3 / 8, 0.05 * 7 / 8, 0.05, 0.05])


@pytest.mark.parametrize("phase", ["sgd", "pugd"])
@pytest.mark.parametrize("schedule", SCHEDULES[:2], ids=lambda schedule: str(schedule["name"]))
def test_a_recorded_step_takes_the_rate_of_each_step(digits: Dataset, schedule: dict[str, Any], phase: str) -> None:
    config = small_config(training={"lr_schedule": schedule})
    tape = Tape()
    plain, recorded = (Engine(config, digits, torch.device("cpu"), recorder=one) for one in (None, tape))
    for epoch in range(2):
        settings = epoch_settings(config, epoch, 4 if phase == "sgd" else 0)
        one, other = (engine.train_epoch(epoch, settings) for engine in (plain, recorded))
        assert not other.notes
        assert other.train_loss == pytest.approx(one.train_loss, rel=1e-5)
    assert tape.replays
    for name, value in plain.parameters().items():
        torch.testing.assert_close(recorded.parameters()[name], value, rtol=1e-4, atol=1e-6)
