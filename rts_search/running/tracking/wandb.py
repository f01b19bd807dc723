"""The Weights & Biases tracker: one group for the sweep, one run for every trial."""

import os
from pathlib import Path
from typing import Any

import wandb

from rts_search.running.tracking.tracker import TrackedSweep, Tracker, figures, run_name, settings
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord

EXIT_CODES = {"COMPLETE": 0, "PRUNED": 0, "RUNNING": 0, "FAIL": 1}


WITHOUT_LOGIN = ("offline", "disabled", "dryrun")
"""Values of WANDB_MODE with which nothing is sent."""


def logged_in() -> bool:
    """Whether the library can log without asking for a login. It asks nobody, neither the user nor the server."""
    os.environ.setdefault("WANDB_SILENT", "true")
    if os.environ.get("WANDB_MODE") in WITHOUT_LOGIN:
        return True
    try:
        return wandb.login(verify=False, prompt=False)
    except (wandb.errors.Error, ValueError):  # a key of a wrong form
        return False


class WandbTracker(Tracker):
    """Logs to the project WANDB_PROJECT (default rts-search). WANDB_MODE=offline keeps runs in the sweep's folder."""

    def __init__(self, sweep: TrackedSweep, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep, self._folder = sweep, folder
        self._runs: dict[int, Any] = {}

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """Log the numbers of an epoch, unless its run has them already."""
        run = self._runs.get(entry.number)
        if run is None:
            mode: Any = os.environ.get("WANDB_MODE")  # the library itself reads it only once in a process
            run = self._runs[entry.number] = wandb.init(
                project=os.environ.get("WANDB_PROJECT") or "rts-search",
                group=self._sweep.unique_name,
                name=run_name(entry),
                id=self._sweep.run_id(entry.number),
                config=settings(entry),
                dir=str(self._folder),
                mode=mode,
                resume="allow",
                reinit="create_new",
                settings=wandb.Settings(silent=True, console="off", disable_git=True),
            )
        if record.epoch + 1 >= run.step:
            run.log(figures(record), step=record.epoch + 1)

    def ended(self, entry: TrialEntry, state: str) -> None:
        """Finish the trial's run. If the trial continues, its run continues too."""
        run = self._runs.pop(entry.number, None)
        if run is not None:
            run.summary["state"] = state
            run.finish(exit_code=EXIT_CODES[state])

    def close(self) -> None:
        """Finish all open runs."""
        for run in self._runs.values():
            run.finish()
