"""The planned runs of a confirmation: what each trains, and how often each config has been tried."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optuna.trial import Trial

from trainables.core.settings.config import TrialConfig

MOST_TRIES = 4
"""Tries of one config in all: a lost run is tried again by later confirmations until then."""


@dataclass(frozen=True)
class PlannedRun:
    """One training of a confirmation."""

    label: str
    """Number of a contender, or name of a baseline."""
    config: TrialConfig


class PlannedRuns:
    """All runs that a confirmation has planned, by number."""

    def __init__(self, written: Iterable[dict[str, Any]]) -> None:
        """`written` holds the label and the config of each run, by number."""
        self.labels: list[str] = []
        self.configs: list[dict[str, Any]] = []
        self._tries: dict[str, list[int]] = {}
        for run in written:
            self.add(run["label"], run["config"])

    def add(self, label: str, config: dict[str, Any]) -> None:
        """Plan another run, or another try of a config."""
        self._tries.setdefault(_text(config), []).append(len(self.configs))
        self.labels.append(label)
        self.configs.append(config)

    def tries(self, config: dict[str, Any]) -> list[int]:
        """Numbers of the runs that train this config, in order."""
        return self._tries.get(_text(config), [])

    def beginning(self) -> dict[str, Any]:
        """No attributes: every run is planned."""
        return {}

    def label(self, number: int) -> str:
        """Number of a contender, or name of a baseline."""
        return self.labels[number]

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The planned config; a run never repeats another on a new seed."""
        return TrialConfig.from_dict(self.configs[trial.number]), None


def _text(config: dict[str, Any]) -> str:
    return json.dumps(config, sort_keys=True)
