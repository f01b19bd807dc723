"""Which sweeps the list shows, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.server.database.notes import Note
from rts_search.server.pages.query import PageQuery, Shown
from rts_search.server.responses import SweepSummary

ROWS = 100
"""Sweeps of one page."""
FIRST = ("running", "confirming", "stopping", "starting", "queued")
"""States in the order in which they lead the list."""


@dataclass(frozen=True)
class ListedSweep:
    """One row of the list."""

    summary: SweepSummary
    note: Note

    @property
    def ended(self) -> int:
        """Number of trials that have ended."""
        return self.summary.completed + self.summary.stopped_early + self.summary.failed


@dataclass(frozen=True)
class ListQuery(PageQuery):
    """The query string of the list."""

    state: str = ""
    tag: str = ""
    archived: str = ""
    """`yes`: the archive alone; otherwise the sweeps that are not in it."""


def found(sweeps: Sequence[ListedSweep], query: ListQuery) -> Shown:
    """The sweeps of one page: those that run first, then by their last activity unless a column is chosen."""
    rows = [one for one in sweeps if one.note.archived == bool(query.archived)]
    if query.state:
        rows = [one for one in rows if one.summary.state == query.state]
    if query.tag:
        rows = [one for one in rows if query.tag in one.note.tags]
    for word in query.words.casefold().split():
        rows = [one for one in rows if word in _text(one)]
    rows = query.sorted(rows, lambda one: _value(one, query.sort)) if query.sort else sorted(rows, key=_usual)
    return Shown.of(rows, query.page, ROWS)


def _usual(one: ListedSweep) -> tuple[int, float, str]:
    state, summary = one.summary.state, one.summary
    latest = max(summary.started or 0.0, summary.ended or 0.0)
    return FIRST.index(state) if state in FIRST else len(FIRST), -latest, summary.sweep


def _text(one: ListedSweep) -> str:
    """What the words of a search are looked for in."""
    summary = one.summary
    told = (summary.sweep, summary.state, summary.dataset, summary.model, summary.launched_by)
    return " ".join((*told, *one.note.tags, one.note.text)).casefold()


def _value(one: ListedSweep, key: str) -> Any:
    """The value of a column; None where the sweep has none."""
    summary = one.summary
    values = {
        "trials": one.ended,
        "best": summary.best and summary.best.value,
        "baseline": summary.best_baseline and summary.best_baseline.value,
        "trained": summary.trained_seconds or None,
        "spent": summary.gradient_evaluations_spent,
    }
    return values[key] if key in values else getattr(summary, key, None)
