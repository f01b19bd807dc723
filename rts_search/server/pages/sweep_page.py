"""The page of one sweep. It is rendered here; a script in the browser then keeps it up to date."""

import time
from typing import Any

from fastapi import APIRouter, Request, Response

from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.confirmation.forecast import scope
from rts_search.analysis.confirmation.page import cells, explained, head
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.figures import FIGURES, NEEDS
from rts_search.basics.log_tail import log_tail, of_last_command
from rts_search.server.api.parameters import Name
from rts_search.server.database.notes import Note
from rts_search.server.database.tokens import Identity
from rts_search.server.pages.actions import Actions
from rts_search.server.pages.board_query import CHOICES, BoardQuery, found, unknown_columns
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.responses import SweepSummary
from rts_search.server.snapshots import Snapshot
from rts_search.server.state import ServerState, state_of
from rts_search.server.summaries import summary_of
from rts_search.sweep.baselines import RTS

LOG_STATES = ("starting", "failed", "interrupted", "stopping")
"""States in which the page shows the end of the driver's log."""
ENDED_STATES = ("finished", "budget used up")
"""States in which the page shows neither a clock nor the log: it is the same until the sweep or the note changes."""
FIGURE_NAMES = {
    "cost": "Accuracy and cost",
    "curves": "Learning curves",
    "tree": "Shared epochs",
    "parallel": "All settings",
    "allocation": "Workers over time",
    "effort": "Tuning effort",
}
"""Name of a figure -> the words on its tab, where they are not the name itself."""

router = APIRouter(include_in_schema=False)


@router.get("/sweeps/{name}")
def sweep(request: Request, name: Name) -> Response:
    """One sweep: state and time, verdict, arms, running trials, leaderboard, figures, files, note."""
    tabs = {figure: FIGURE_NAMES.get(figure, figure.capitalize()) for figure in ("curves", *FIGURES)}
    needs = {figure: NEEDS.get(figure, "more trials") for figure in tabs}
    return _page(request, name, "sweep.html", figures=tabs, needs=needs)


@router.get("/part/sweeps/{name}")
def part_sweep(request: Request, name: Name) -> Response:
    """The parts of the page that change while the sweep runs, which the script fetches again after a change."""
    return _page(request, name, "part_sweep.html")


def may_change(state: ServerState, identity: Identity, name: str) -> bool:
    """Whether a user may change a sweep: an admin, or the runner who launched it."""
    return identity.may("admin") or (identity.may("runner") and state.jobs.owner(name) == identity.name)


def _page(request: Request, name: str, template: str, **more: Any) -> Response:
    """The page of a sweep; that of an ended one is kept. Raises: Problem: there is no such sweep."""
    identity, state, query = user_of(request), state_of(request), BoardQuery.of(request.query_params)
    summary = summary_of(name, state.snapshots, state.jobs.latest().get(name))
    mine = may_change(state, identity, name)
    snapshot = state.snapshots.get(name) if summary.trials else None
    note = state.notes.now().of(name, snapshot.study.identity) if snapshot else Note()

    def rendered() -> Response:
        values = _values(state, snapshot, summary, query)
        return page(template, identity, mine=mine, note=note, actions=Actions.of(summary, mine), **values, **more)

    if snapshot is None or summary.state not in ENDED_STATES:
        return rendered()
    version = summary, snapshot.at, mine, note
    return state.answers.get(request, (template, name, identity, query), version, rendered)


def _values(state: ServerState, snapshot: Snapshot | None, summary: SweepSummary, query: BoardQuery) -> dict[str, Any]:
    """The values of the templates, besides those that depend on the user and the note."""
    name = summary.sweep
    shown = summary.state in LOG_STATES or (summary.state == "running" and not summary.gradient_evaluations)
    shown = shown or (summary.confirmation is not None and bool(summary.confirmation.doing))
    log = of_last_command(log_tail(state.settings.workspace.results.sweep(name).log)) if shown else []
    general = {
        "summary": summary,
        "age": time.time() - summary.as_of if summary.training else 0.0,
        "log": log,
        "query": query,
        "choices": CHOICES,
    }
    return {**general, **(_of_study(snapshot, summary, query) if snapshot else _WITHOUT_STUDY)}


NUMBERS = ("head", "comparisons", "explained")
"""What a page has of the numbers of a verdict: the head and the rows of its table, and what they mean."""
_WITHOUT_STUDY: dict[str, Any] = {
    **dict.fromkeys(("board", "arms", "objective", "scope", "found", "won", "unknown"), None),
    **dict.fromkeys(NUMBERS, ()),
    **{"leaders": [], "running": [], "best_of_arms": [], "leads": {}, "efforts": {RTS: 1}, "untuned": "", "model": ""},
}


def _of_study(snapshot: Snapshot, summary: SweepSummary, query: BoardQuery) -> dict[str, Any]:
    board, sweep = snapshot.board, snapshot.study.sweep
    shown = found(board, query)
    working = [snapshot.entries[one.trial] for one in summary.running]
    first = {entry.arm: entry for entry in reversed(board.ranking)}
    best = board.rows([first[arm] for arm in dict.fromkeys(entry.arm for entry in board.ranking)])
    return {
        "board": board,
        "found": shown,
        "unknown": unknown_columns(board, query),
        "leaders": board.rows(shown.rows),
        "running": list(zip(summary.running, board.rows(working), strict=True)),
        "best_of_arms": best,
        "leads": {one.arm or RTS: one.lead for one in best},
        "arms": snapshot.arms,
        "objective": sweep.objective,
        "won": snapshot.current.won,
        **_numbers(snapshot.current.verdict),
        "untuned": untuned(sweep),
        "efforts": sweep.efforts,
        "scope": scope(sweep),
        "model": snapshot.study.model_told,
    }


def _numbers(verdict: dict[str, Any] | None) -> dict[str, Any]:
    if verdict is None:
        return dict.fromkeys(NUMBERS, ())
    found = Verdict.from_dict(verdict)
    return dict(zip(NUMBERS, (head(found), [cells(one) for one in found.comparisons], explained(found)), strict=True))
