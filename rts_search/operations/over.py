"""The sweeps of one file with `over`: which of them is next, and what is left of their common budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.basics.errors import UserError
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.sections import BudgetConfig
from rts_search.sweep.sweep import SweepFile

LIMITS = ("gradient_evaluations", "gpu_hours", "hours")
"""Limits of `budget` that all sweeps of a file share. `budget.trials` is each one's own."""


@dataclass(frozen=True)
class Task:
    """One of the sweeps."""

    sweep: SweepFile
    study: SweepStudy | None
    """None before its launch."""
    done: bool
    """Whether its search has ended and, where its file says so, it is confirmed."""


def task_of(sweep: SweepFile, workspace: Workspace) -> Task:
    """Look one of the sweeps up. Raises: UserError: a sweep of its name is another one."""
    if not SweepStudy.exists(workspace.storage_url, sweep.name):
        return Task(sweep, None, False)
    study = workspace.load(sweep.name)
    odd = next((part for part in ("dataset", "model", "space") if _part(study.sweep, part) != _part(sweep, part)), None)
    if odd is not None:
        raise UserError(
            f"{sweep.name}: {odd}: must be that of the launched sweep of this name; give the file another `name`"
        )
    entries = study.trials()
    ended = study.ended_by(entries)
    confirmed = sweep.confirm is None or read_verdict(study, entries, workspace.storage_url).verdict is not None
    return Task(sweep, study, ended and confirmed)


def left(budget: BudgetConfig, others: Sequence[SweepStudy]) -> BudgetConfig:
    """What the other sweeps have left of a common budget. Raises: UserError: nothing."""
    meters = [study.meter() for study in others]
    spent = {
        "gradient_evaluations": sum(meter.gradient_evaluations for meter in meters),
        "gpu_hours": sum(meter.gpu_seconds for meter in meters) / 3600,
        "hours": sum(meter.seconds for meter in meters) / 3600,
    }
    found = {name: limit - spent[name] for name in LIMITS if (limit := getattr(budget, name)) is not None}
    used_up = next((name for name, rest in found.items() if rest <= 0), None)
    if used_up is not None:
        raise UserError(
            f"budget.{used_up}: must be more than the sweeps of this file have used up, but got "
            f"{getattr(budget, used_up):g}; raise it with --set"
        )
    return budget.model_copy(update=found)


def _part(sweep: SweepFile, name: str) -> Any:
    return sweep.to_dict().get(name)
