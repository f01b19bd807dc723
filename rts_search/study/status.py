"""The progress of a sweep."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rts_search.basics.driver_lock import Driver
from rts_search.study.ranking import best_trials
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace


def status(name: str, workspace: Workspace) -> dict[str, Any]:
    """The progress of a sweep. Raises: UserError: there is no such sweep."""
    study = workspace.load(name)
    return status_of(study, study.trials(), workspace.results.sweep(name).driver())


def status_of(study: SweepStudy, entries: Sequence[TrialEntry], driver: Driver | None) -> dict[str, Any]:
    """The progress of a sweep, by its trials and its driver, which have just been read."""
    rule, states = study.sweep.objective.rule, Counter(entry.state for entry in entries)
    best, ready = next(iter(best_trials(entries, rule)), None), driver is None and bool(study.sweep.baselines)
    return {
        "sweep": study.name,
        "state": "running" if driver else "finished" if study.ended_by(entries) else _halted(study, entries),
        "driver_pid": driver.pid if driver else None,
        "driver_host": driver.host if driver else None,
        "trials": study.total,
        "completed": states["COMPLETE"],
        "stopped_early": states["PRUNED"],
        "failed": states["FAIL"],
        "held": [entry.number for entry in entries if entry.held],
        "unfinished": {e.number: len(e.epochs) for e in entries if e.state == "RUNNING" and not e.held},
        "epochs": study.sweep.training.epochs,
        "best": None if best is None else {"trial": best.number, "val_acc": best.val_acc(rule)},
        "can_confirm": ready and best is not None and may_be_confirmed(study, entries),
        "gradient_evaluations": sum(entry.cost for entry in entries if entry.epochs),
        "gradient_evaluations_spent": sum(entry.spent for entry in entries),
    }


def may_be_confirmed(study: SweepStudy, entries: Sequence[TrialEntry]) -> bool:
    """Whether the search is over: every trial has ended, or the budget is used up."""
    return study.ended_by(entries) or study.meter(entries).exhausted() is not None


def _halted(study: SweepStudy, entries: Sequence[TrialEntry]) -> str:
    return "budget used up" if may_be_confirmed(study, entries) else "interrupted"
