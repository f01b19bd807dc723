"""Small trials for tests, and how their results are compared."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from trainables.core.data import Dataset
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

EVERY_STATE = StatePolicy(every_seconds=0.0)


FEW_STATES = StatePolicy(every_seconds=1e9)


def trial(
    config: TrialConfig,
    digits: Dataset,
    folder: Path,
    name: str = "sweep/0",
    policy: StatePolicy = EVERY_STATE,
    sharing: str = "same_device",
) -> Trial:
    return Trial(config, digits, Store(str(folder)), name, sharing, policy)


def figures(outcomes: list[EpochOutcome]) -> list[dict[str, Any]]:
    """The records without the time they took."""
    return [{**asdict(outcome.stored.record), "seconds": 0.0} for outcome in outcomes]


def weights(some: Trial) -> dict[str, torch.Tensor]:
    return some.engine_after(some.config.training.epochs).parameters()


def assert_equal_weights(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> None:
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
