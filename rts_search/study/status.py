"""The progress of a sweep."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rts_search.basics.driver import Driver
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.final_tests import untested
from rts_search.study.lead import best_baseline
from rts_search.study.ranking import best_of_arms, best_trials
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.arms import arms_of
from rts_search.sweep.sections import ObjectiveConfig


def status(name: str, workspace: Workspace) -> dict[str, Any]:
    """The progress of a sweep by its name. Raises: UserError: there is no such sweep."""
    return progress(workspace.load(name), workspace)


def progress(study: SweepStudy, workspace: Workspace) -> dict[str, Any]:
    """The progress of a sweep.

    `untested`: the trials whose test accuracy was not read, although the search is over and nothing runs.
    """
    entries, facts = read_status(study, workspace)
    halted = facts["state"] in ("finished", "budget used up")
    facts["confirmation"] = _confirmation(study, workspace, running=facts["driver_pid"] is not None)
    return {**facts, "untested": [entry.number for entry in untested(study, entries)] if halted else []}


def read_status(study: SweepStudy, workspace: Workspace) -> tuple[list[TrialEntry], dict[str, Any]]:
    """The trials of a sweep and its progress.

    The driver is looked for before the trials are read. The other way round, a sweep that ends in between would have
    the unfinished trials of before and no driver, and so be called interrupted.
    """
    driver = workspace.driver(study)
    entries = study.trials()
    return entries, status_of(study, entries, driver)


def status_of(study: SweepStudy, entries: Sequence[TrialEntry], driver: Driver | None) -> dict[str, Any]:
    """The progress of a sweep, by its trials and by the driver that it had before they were read."""
    objective, states = study.sweep.objective, Counter(entry.state for entry in entries)
    arms = _arms(study, entries) if study.sweep.tuned else {}
    best, ready = next(iter(best_trials(entries, objective)), None), driver is None and bool(study.sweep.baselines)
    baseline = best_baseline(entries, objective)
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
        "lengths": {e.number: e.settings.training.epochs for e in entries if e.state == "RUNNING" and e.config},
        "unfinished": {e.number: len(e.epochs) for e in entries if e.state == "RUNNING" and not e.held},
        "epochs": study.sweep.training.epochs,
        "arms": arms,
        "best": None if best is None else best_so_far(best, objective),
        "best_baseline": None if baseline is None else {"arm": baseline.arm, **best_so_far(baseline, objective)},
        "can_confirm": ready and best is not None and may_be_confirmed(study, entries),
        "gradient_evaluations": sum(entry.cost for entry in entries if entry.epochs),
        "gradient_evaluations_spent": sum(entry.spent for entry in entries),
    }


def _confirmation(study: SweepStudy, workspace: Workspace, running: bool) -> dict[str, Any] | None:
    """The progress of the confirmation; None where none was begun. More runs may be planned when some have ended."""
    if not ConfirmationStudy.exists(workspace.storage_url, study.name):
        return None
    confirmation = ConfirmationStudy.load(workspace.storage_url, study.name)
    entries = confirmation.trials()
    return {
        "running": running,
        "runs": confirmation.total,
        "ended": sum(entry.state != "RUNNING" for entry in entries),
        "unfinished": {e.number: len(e.epochs) for e in entries if e.state == "RUNNING" and e.config},
        "lengths": {e.number: e.settings.training.epochs for e in entries if e.state == "RUNNING" and e.config},
        "gradient_evaluations_spent": sum(entry.spent for entry in entries),
    }


def _arms(study: SweepStudy, entries: Sequence[TrialEntry]) -> dict[str, dict[str, Any]]:
    """Arm -> its trials, its cost, its best so far and what sets its effort apart, where baselines are tuned."""
    objective, rows = study.sweep.objective, arms_of(study.sweep)
    best, found = best_of_arms(entries, objective), dict[str, dict[str, Any]]()
    for arm in rows:
        own = [entry for entry in entries if entry.arm == arm.name]
        first = best.get(arm.name)
        found[arm.name] = {
            "trials": arm.trials,
            "begun": len(own),
            "ended": sum(entry.state != "RUNNING" for entry in own),
            "epochs": arm.epochs,
            "best": None if first is None else best_so_far(first, objective),
            "gradient_evaluations": sum(entry.cost for entry in own),
            "gradient_evaluations_spent": sum(entry.spent for entry in own),
        }
    return found


def best_so_far(best: TrialEntry, objective: ObjectiveConfig) -> dict[str, Any]:
    """The best trial as plain values: val_acc of the epoch that counts, and the metric by which it is the best."""
    epoch = best.chosen(objective)
    assert epoch is not None
    named = {"metric": objective.metric, "value": best.value(objective)}
    return {"trial": best.number, "val_acc": epoch.val_acc, **named}


def may_be_confirmed(study: SweepStudy, entries: Sequence[TrialEntry]) -> bool:
    """Whether the search is over: every trial has ended, or the budget is used up."""
    return study.ended_by(entries) or study.meter(entries).exhausted() is not None


def _halted(study: SweepStudy, entries: Sequence[TrialEntry]) -> str:
    return "budget used up" if may_be_confirmed(study, entries) else "interrupted"
