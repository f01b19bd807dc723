"""A study whose trials are decided before they begin: the runs of a sweep's confirmation, beside the sweep's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import Trial

from rts_search.study import SweepStudy
from rts_search.sweep_sections import BudgetConfig, SchedulerConfig
from rts_search.trial_entry import TrialEntry
from trainables.core.config import TrialConfig


@dataclass(frozen=True)
class PlannedRun:
    """One training of a confirmation."""

    label: str
    """What it is, to be shown."""
    config: TrialConfig


class PlannedStudy(SweepStudy):
    """The confirmation of one sweep; a config is trained once, however often it is planned."""

    PART = ":confirm"

    def __init__(self, study: optuna.Study) -> None:
        """Use `of`."""
        super().__init__(study)
        self.go_on = f"rts-search confirm {self.name}"
        self.confirmed = self.sweep
        """The sweep as it was launched."""
        changes = {"scheduler": SchedulerConfig(name="none"), "baselines": (), "budget": BudgetConfig()}
        self.sweep = self.sweep.model_copy(update=changes)
        runs = sorted(item for item in study.user_attrs.items() if item[0].startswith("run:"))
        self._labels: list[str] = [run["label"] for _, run in runs]
        self._configs: list[dict[str, Any]] = [run["config"] for _, run in runs]
        self._numbers = {_text(config): number for number, config in enumerate(self._configs)}

    @classmethod
    def of(cls, storage_url: str, study: SweepStudy) -> "PlannedStudy":
        """The confirmation of a sweep, begun when there is none yet."""
        if cls.exists(storage_url, study.name):
            return cls.load(storage_url, study.name)
        return cls.create(storage_url, study.sweep, study.data, study.results)

    @property
    def total(self) -> int:
        """Number of runs planned so far."""
        return len(self._configs)

    def plan(self, runs: Iterable[PlannedRun]) -> None:
        """Add the runs whose configs are not planned yet."""
        for run in runs:
            config = run.config.to_dict()
            if _text(config) not in self._numbers:
                self._study.set_user_attr(f"run:{self.total:06d}", {"label": run.label, "config": config})
                self._numbers[_text(config)] = self.total
                self._labels.append(run.label)
                self._configs.append(config)

    def entry(self, config: TrialConfig, entries: list[TrialEntry]) -> TrialEntry:
        """The run of a planned config among the study's trials."""
        return entries[self._numbers[_text(config.to_dict())]]

    @property
    def verdict(self) -> dict[str, Any] | None:
        """The verdict of a finished confirmation as plain values."""
        found: dict[str, Any] | None = self._study.user_attrs.get("verdict")
        return found

    def record_verdict(self, verdict: dict[str, Any]) -> None:
        """Write the verdict down."""
        self._study.set_user_attr("verdict", verdict)

    def _label(self, number: int) -> str:
        return self._labels[number]

    def _draw(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        return TrialConfig.from_dict(self._configs[trial.number]), None


def _text(config: dict[str, Any]) -> str:
    return json.dumps(config, sort_keys=True)
