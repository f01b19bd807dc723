"""Confirmations of a sweep with tuned arms, with real studies and decisions, and made-up accuracies."""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rts_search.analysis.confirmation.confirmation import Confirmation
from rts_search.analysis.confirmation.tuning import Tuning, contenders_of_arms
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.study import SweepStudy
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sweep_file import parse_sweep
from tests.rts_search.analysis.confirmation.played import FACTS, End, Played, noise
from trainables.core.settings.config import TrialConfig

SWEEP: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "model": "small",
    "training": {"epochs": 2, "batch_size": 32},
    "space": {
        "training": {"lr": {"loguniform": [0.01, 1.0]}},
        "timing": {"rule": "epoch", "switch_epoch": [1]},
    },
    "search": {"sampler": "random", "trials": 3},
    "scheduler": "none",
    "baselines": ["sgd", "pugd"],
}
FINALISTS = {"rts": 0, "sgd": 1, "pugd": 2}
"""The best trial of each arm in a sweep of `PlayedArms`."""


@dataclass
class PlayedArms(Played):
    """A sweep with the arms rts, sgd and pugd, of three trials each: trials 0, 1 and 2 are the best of their arms."""

    changes: tuple[tuple[str, Any], ...] = ()
    """Settings of the sweep that differ from SWEEP."""

    @classmethod
    def of(cls, folder: Path, **changes: Any) -> "PlayedArms":
        """With its search over, in a folder; `changes` are settings of the sweep.

        Its database is a copy of one that was searched before in this process with the same changes.
        """
        file = folder / "studies.sqlite3"
        file.write_bytes(_searched(json.dumps(changes)))
        played = cls(f"sqlite:///{file}", changes=tuple(changes.items()))
        played._sweep = SweepStudy.load(played.url, played.name)
        return played

    def search(self) -> None:
        """Make the sweep and end its trials: the first trial of each arm is its best, then the second."""
        sweep = parse_sweep({**SWEEP, **dict(self.changes)}, self.name)
        self._sweep = SweepStudy.create(self.url, sweep, FACTS)
        self.go_on()

    def go_on(self) -> None:
        """End every trial of the sweep that has not ended."""
        for number in range(len(self.sweep.trials()), self.sweep.total):
            self._end(self.sweep, self.sweep.open_trials.begin(), 0.95 - 0.001 * number)

    def confirmation(self, top_k: int = 1, seeds: int = 5, **changes: Any) -> Confirmation:
        """A confirmation, made as the command makes it."""
        asked = {name: changes.pop(name) for name in ("looks", "budget", "screening_seeds", "at") if name in changes}
        settings = ConfirmConfig(top_k=top_k, **({} if "looks" in asked else {"seeds": seeds}), **asked)
        study, entries = ConfirmationStudy.of(self.url, self.sweep), self.sweep.trials()
        made = Confirmation(
            study,
            settings,
            contenders_of_arms(self.sweep.sweep, entries, top_k),
            selected_among=sum(entry.arm == "rts" for entry in entries),
            seen="digest",
            tuning=Tuning.of(self.sweep.sweep, entries, settings.at),
        )
        return replace(made, **changes)


@cache
def _searched(changes: str) -> bytes:
    """The database of a searched sweep."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "studies.sqlite3"
        PlayedArms(f"sqlite:///{file}", changes=tuple(json.loads(changes).items())).search()
        return file.read_bytes()


def by_arm(**means: float) -> End:
    """Every run reaches the mean of its arm, 0.9 unless given, plus the noise of its seed."""

    def ends(label: str, config: TrialConfig) -> float | str:
        arm = "rts" if label.isdigit() else label.partition(" ")[0]
        return means.get(arm, 0.9) + noise(label, config.training.seed)

    return ends
