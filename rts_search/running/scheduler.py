"""Early stopping as a scheduler of Ray Tune: by cost, and with baselines protected."""

from collections.abc import Callable
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from rts_search.running.losses import cause_of
from rts_search.study.successive_halving import Halving


class Listening(FIFOScheduler):
    """Stops nobody, and passes on what workers died of: Tune tells its schedulers of a loss first."""

    def __init__(self, hear_cause: Callable[[str, str], None] | None = None) -> None:
        """`hear_cause`: takes Tune's name of a trial and what its worker died of."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._hear_cause = hear_cause

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker is lost, or cannot begin."""
        del tune_controller
        if self._hear_cause is not None:
            self._hear_cause(trial.trial_id, cause_of(trial))


class CostASHA(Listening):
    """Asynchronous successive halving over cost.

    Trials are known by their number in the study, not by Ray's id, so that a trial that was taken up again on another
    worker is the same trial to its rungs. Baselines are never stopped and stand in no rung: they are there to be
    compared with at full length. A trial that ends without a further epoch (diverged, failed) enters no rung. One that
    may go on later is stopped for Ray all the same: the searcher hands it out again.
    """

    def __init__(self, halving: Halving, hear_cause: Callable[[str, str], None] | None = None) -> None:
        """Decide as `halving` does."""
        super().__init__(hear_cause)
        self._halving = halving

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Decide at a rung."""
        del tune_controller
        if trial.config["baseline"]:
            return str(TrialScheduler.CONTINUE)
        stops = self._halving.stops(trial.config["number"], result["gradient_evaluations"], result["val_acc"])
        return str(TrialScheduler.STOP if stops else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Note what a trial has come to at its end; one that the sweep's budget cuts off is judged when it goes on."""
        del tune_controller
        if result["outcome"] != "epoch" or trial.config["baseline"] or result["epoch"] + 1 < self._halving.epochs:
            return
        self._halving.completes(trial.config["number"], result["gradient_evaluations"], result["val_acc"])


def make_scheduler(halving: Halving | None, hear_cause: Callable[[str, str], None] | None = None) -> TrialScheduler:
    """The scheduler that stops as the rule says; without one it stops nobody."""
    return Listening(hear_cause) if halving is None else CostASHA(halving, hear_cause)
