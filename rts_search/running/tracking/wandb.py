"""Weights & Biases: a group for the sweep, a run for every trial."""

import os
from pathlib import Path
from typing import Any

import wandb

from rts_search.running.tracking.tracker import Tracker, figures, run_name, settings
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord

EXIT_CODES = {"COMPLETE": 0, "PRUNED": 0, "RUNNING": 0, "FAIL": 1}


class WandbTracker(Tracker):
    """In the project of WANDB_PROJECT, else rts-search; WANDB_MODE=offline keeps the runs in the sweep's folder."""

    def __init__(self, sweep: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep, self._folder = sweep, folder
        self._runs: dict[int, Any] = {}

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """Log the epoch's numbers; an epoch that its run has already is not logged again."""
        run = self._runs.get(entry.number)
        if run is None:
            run = self._runs[entry.number] = wandb.init(
                project=os.environ.get("WANDB_PROJECT") or "rts-search",
                group=self._sweep,
                name=run_name(entry),
                id=f"{self._sweep}-{entry.number}",
                config=settings(entry),
                dir=str(self._folder),
                resume="allow",
                reinit="create_new",
                settings=wandb.Settings(silent=True, console="off", disable_git=True),
            )
        if record.epoch + 1 >= run.step:
            run.log(figures(record), step=record.epoch + 1)

    def ended(self, entry: TrialEntry, state: str) -> None:
        """Finish the run; a trial that goes on finds it again."""
        run = self._runs.pop(entry.number, None)
        if run is not None:
            run.summary["state"] = state
            run.finish(exit_code=EXIT_CODES[state])

    def close(self) -> None:
        """Finish what is open."""
        for run in self._runs.values():
            run.finish()
