"""`rts-search list`: all sweeps of a results folder in one table, running ones first."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase
from rts_search.study.attributes import PART_OF_CONFIRMATION
from rts_search.study.ranking import best_of_arms
from rts_search.study.status import best_so_far, read_status
from rts_search.study.studies import is_part, names
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS


@dataclass(frozen=True)
class Best:
    """The best trial of one method."""

    trial: int
    arm: str
    """rts, or the name of a baseline."""
    metric: str
    value: float


@dataclass(frozen=True)
class Row:
    """One sweep."""

    sweep: str
    state: str
    """running, finished, interrupted, budget used up, or damaged."""
    dataset: str = ""
    model: str = ""
    started: float | None = None
    """Start of its first trial, in seconds since 1970; None before it."""
    seconds: float = 0.0
    """Wall-clock time of all its runs together."""
    trials: int = 0
    ended: int = 0
    best: Best | None = None
    """Of the search."""
    best_baseline: Best | None = None
    verdict: str | None = None
    """The sentence of its confirmation, while it holds for the trials; None without one."""
    message: str = ""
    """Why it cannot be read; empty otherwise."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def overview(workspace: Workspace) -> list[Row]:
    """All sweeps of the workspace: those that run first, then the latest first. Raises: UserError."""
    if workspace.storage is None and not workspace.results.database.exists():
        return []
    studies = names(workspace.storage_url)
    known = sorted(name for name in studies if not is_part(name))
    rows = []
    with phase("reading the sweeps") as reading:
        for number, name in enumerate(known):
            reading.progress(number, len(known))
            rows.append(_row(name, workspace, name + PART_OF_CONFIRMATION in studies))
    return sorted(rows, key=lambda row: (row.state != "running", -(row.started or 0.0), row.sweep))


def _row(name: str, workspace: Workspace, has_confirmation: bool) -> Row:
    verdict: dict[str, Any] | None = None
    try:
        study = SweepStudy.load(workspace.storage_url, name)
        entries, facts = read_status(study, workspace)
        if has_confirmation:
            verdict = read_verdict(study, entries, workspace.storage_url).verdict
        began = [begin for turns in study.turns().values() for begin, _ in turns]
    except UserError as error:
        return Row(name, "damaged", message=str(error))
    objective, sweep = study.sweep.objective, study.sweep
    best = {
        arm: Best(entry.number, arm, objective.metric, float(best_so_far(entry, objective)["value"]))
        for arm, entry in best_of_arms(entries, objective).items()
    }
    started, seconds = min(began, default=None), study.meter(entries).seconds
    if started is not None and facts["state"] == "running":  # its times are written down when it ends
        seconds = max(seconds, time.time() - started)
    falls = objective.measure.falls
    others = sorted(
        (one for arm, one in best.items() if arm != RTS), key=lambda one: one.value if falls else -one.value
    )
    return Row(
        name,
        facts["state"],
        sweep.dataset.name,
        sweep.model.name,
        started,
        seconds,
        facts["trials"],
        facts["completed"] + facts["stopped_early"] + facts["failed"],
        best.get(RTS),
        next(iter(others), None),
        None if verdict is None else verdict["sentence"],
    )
