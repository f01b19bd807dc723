"""The pages about sweeps. Each is rendered here; a script in the browser then keeps it up to date."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.analysis.arms.table import arms_table
from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.confirmation.forecast import scope
from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.report.comparison import compare, shown
from rts_search.analysis.report.leaderboard import leaders
from rts_search.server.api.parameters import Name
from rts_search.server.database.audit import latest
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.state import ServerState, state_of
from rts_search.server.summaries import all_summaries, summary_of
from rts_search.sweep.baselines import RTS

router = APIRouter(include_in_schema=False)


@router.get("/")
def sweeps(request: Request) -> HTMLResponse:
    """The list of all sweeps."""
    identity, state = user_of(request), state_of(request)
    return page("sweeps.html", identity, sweeps=all_summaries(state.snapshots, state.jobs))


@router.get("/part/sweeps")
def part_sweeps(request: Request) -> HTMLResponse:
    """The table of all sweeps alone, which the script fetches again after a change."""
    identity, state = user_of(request), state_of(request)
    return page("part_sweeps.html", identity, sweeps=all_summaries(state.snapshots, state.jobs))


@router.get("/sweeps/{name}")
def sweep(request: Request, name: Name) -> HTMLResponse:
    """One sweep: progress, leaderboard, actions, files and figures."""
    identity, state = user_of(request), state_of(request)
    mine = identity.may("admin") or (identity.may("runner") and state.jobs.owner(name) == identity.name)
    return page("sweep.html", identity, mine=mine, figures=list(FIGURES), **_progress(state, name))


@router.get("/part/sweeps/{name}")
def part_sweep(request: Request, name: Name) -> HTMLResponse:
    """The progress and the leaderboard alone, which the script fetches again after a change."""
    identity, state = user_of(request), state_of(request)
    return page("part_sweep.html", identity, **_progress(state, name))


@router.get("/compare")
def compared(request: Request, first: str = "", second: str = "") -> HTMLResponse:
    """The comparison of two sweeps, or the form to choose them."""
    identity, state = user_of(request), state_of(request)
    names = state.snapshots.names()
    known = first in names and second in names and first != second
    found = compare(first, second, state.settings.workspace) if known else None
    figure = found.figure() if found else None
    return page(
        "compare_page.html", identity, names=names, chosen=(first, second), compared=found, shown=shown, figure=figure
    )


@router.get("/audit")
def audit_log(request: Request) -> HTMLResponse:
    """The audit log: which user did what, and when."""
    identity = user_of(request, "admin")
    entries = [
        {**entry.to_dict(), "when": datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M:%S")}
        for entry in latest(state_of(request).database)
    ]
    return page("audit.html", identity, entries=entries)


def _progress(state: ServerState, name: str) -> dict[str, Any]:
    """The values of the template part_sweep.html. Raises: Problem: there is no such sweep."""
    summary = summary_of(name, state.snapshots, state.jobs.latest().get(name))
    if not summary.trials:
        nothing: dict[str, Any] = {"leaders": [], "arms": None, "untuned": "", "objective": None, "scope": None}
        return {"summary": summary, **nothing, "efforts": {RTS: 1}}
    snapshot = state.snapshots.get(name)
    view = SweepView.of(snapshot.study, snapshot.entries)
    return {
        "summary": summary,
        "leaders": leaders(view),
        "arms": arms_table(snapshot.study, snapshot.entries),
        "objective": view.objective,
        "untuned": untuned(view.sweep),
        "efforts": view.sweep.efforts,
        "scope": scope(snapshot.study.sweep),
    }
