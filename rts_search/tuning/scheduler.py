"""Ray's own ASHA on gradient evaluations, with protected baselines and rungs that survive a resume."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from ray.tune.schedulers import ASHAScheduler, FIFOScheduler, TrialScheduler

from rts_search.study import TrialEntry
from rts_search.sweep_file import SweepFile

COST = "gradient_evaluations"
METRIC = "val_acc"


class CostASHA(ASHAScheduler):
    """Asynchronous successive halving over cost.

    Trials are known by their number in the study, not by Ray's id, so that a trial that was taken up again on another
    worker is the same trial to its rungs. Baselines are never stopped and stand in no rung: they are there to be
    compared with at full length. A trial that ends without a further epoch (diverged, failed) enters no rung.
    """

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Enter a trial."""
        super().on_trial_add(tune_controller, _by_number(trial))

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Decide at a rung."""
        if trial.config["baseline"]:
            return str(TrialScheduler.CONTINUE)
        return str(super().on_trial_result(tune_controller, _by_number(trial), result))

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Note where a trial ended."""
        if trial.config["baseline"] or result.get("outcome") != "epoch":
            self.on_trial_remove(tune_controller, trial)
        else:
            super().on_trial_complete(tune_controller, _by_number(trial), result)

    def on_trial_remove(self, tune_controller: Any, trial: Any) -> None:
        """Forget a trial that is interrupted; its rungs keep what it reached."""
        super().on_trial_remove(tune_controller, _by_number(trial))

    def refill(self, trials: Sequence[TrialEntry]) -> None:
        """Fill the rungs from the recorded results of all trials.

        An unfinished trial has passed the rungs before its last epoch, and is not judged there again when its stored
        epochs are replayed: by now others may have filled them. Only at its last epoch is the decision not known.
        """
        for entry in trials:
            if entry.baseline:
                continue
            epochs = entry.epochs[:-1] if entry.state == "RUNNING" else entry.epochs
            trial = SimpleNamespace(config={"number": entry.number, "baseline": ""})
            self.on_trial_add(None, trial)
            for epoch in epochs:
                self.on_trial_result(None, trial, {COST: epoch.gradient_evaluations, METRIC: epoch.val_acc})
            self.on_trial_remove(None, trial)


def _by_number(trial: Any) -> Any:
    return SimpleNamespace(trial_id=trial.config["number"])


def make_scheduler(sweep: SweepFile, full_cost: int, ended: Sequence[TrialEntry]) -> TrialScheduler:
    """The scheduler that a sweep file asks for, knowing what has already happened.

    Args:
        sweep: the sweep.
        full_cost: gradient evaluations of the dearest trial.
        ended: every trial of the study so far.
    """
    if sweep.scheduler.name == "none":
        return FIFOScheduler()
    scheduler = CostASHA(
        time_attr=COST,
        metric=METRIC,
        mode="max",
        max_t=full_cost,
        grace_period=max(1, round(full_cost * sweep.scheduler.grace_fraction)),
        reduction_factor=sweep.scheduler.reduction_factor,
    )
    scheduler.refill(ended)
    return scheduler
