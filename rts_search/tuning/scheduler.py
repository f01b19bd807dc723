"""Early stopping as a scheduler of Ray Tune: by cost, baselines protected, and after a resume as before it."""

from collections.abc import Sequence
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from rts_search.halving import Halving
from rts_search.sweep_file import SweepFile
from rts_search.trial_entry import TrialEntry


class CostASHA(FIFOScheduler):
    """Asynchronous successive halving over cost.

    Trials are known by their number in the study, not by Ray's id, so that a trial that was taken up again on another
    worker is the same trial to its rungs. Baselines are never stopped and stand in no rung: they are there to be
    compared with at full length. A trial that ends without a further epoch (diverged, failed) enters no rung.
    """

    def __init__(self, halving: Halving) -> None:
        """Decide as `halving` does."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._halving = halving

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Decide at a rung."""
        del tune_controller
        return str(TrialScheduler.STOP if self._stops(trial, result) else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Note where a trial ended."""
        del tune_controller
        if result.get("outcome") == "epoch":
            self._stops(trial, result)

    def _stops(self, trial: Any, result: dict[str, Any]) -> bool:
        if trial.config["baseline"]:
            return False
        return self._halving.stops(trial.config["number"], result["gradient_evaluations"], result["val_acc"])

    def refill(self, trials: Sequence[TrialEntry]) -> None:
        """Fill the rungs from the recorded results of all trials.

        An unfinished trial has passed the rungs before its last epoch, and is not judged there again when its stored
        epochs are replayed: by now others may have filled them. Only at its last epoch is the decision not known.
        """
        for entry in trials:
            if entry.baseline:
                continue
            for epoch in entry.epochs[:-1] if entry.state == "RUNNING" else entry.epochs:
                self._halving.stops(entry.number, epoch.gradient_evaluations, epoch.val_acc)


def make_scheduler(sweep: SweepFile, full_cost: int, ended: Sequence[TrialEntry]) -> TrialScheduler:
    """The scheduler that a sweep file asks for, knowing what has already happened.

    Args:
        sweep: the sweep.
        full_cost: gradient evaluations of the dearest trial.
        ended: every trial of the study so far.
    """
    asked = sweep.scheduler
    if asked.name == "none":
        return FIFOScheduler()
    scheduler = CostASHA(Halving(full_cost, sweep.training.epochs, asked.grace_fraction, asked.reduction_factor))
    scheduler.refill(ended)
    return scheduler
