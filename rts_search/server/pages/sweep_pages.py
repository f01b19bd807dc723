"""The pages about sweeps. Each is rendered here; a script in the browser then keeps it up to date."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from rts_search.analysis.arms.table import arms_table
from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.confirmation.forecast import scope
from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.report.comparison import compare
from rts_search.analysis.report.comparison_table import shown
from rts_search.analysis.report.leaderboard import leaders
from rts_search.basics.errors import UserError
from rts_search.server.api.parameters import Name
from rts_search.server.database.audit import latest
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.state import ServerState, state_of
from rts_search.server.summaries import all_summaries, summary_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import SearchConfig
from rts_search.sweep.sweep import NAME_PATTERN
from search_spaces.ready_made import READY_MADE
from trainables.core.data.registry import DATASETS
from trainables.core.models.catalogue import BUILT_IN

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
def compared(
    request: Request,
    sweep: Annotated[Sequence[str], Query()] = (),
    against: str = "",
    first: str = "",
    second: str = "",
) -> HTMLResponse:
    """The comparison of sweeps, and the form to choose them. Its address is a lasting link to the selection.

    first, second: as links of earlier versions name two sweeps.
    """
    identity, state = user_of(request), state_of(request)
    names, chosen = state.snapshots.names(), [*sweep] or [name for name in (first, second) if name]
    found, refused = None, ""
    try:
        found = compare(chosen, state.settings.workspace, against or None) if chosen else None
    except UserError as error:
        refused = str(error)
    values = {"names": names, "chosen": chosen, "against": against, "refused": refused, "compared": found}
    figure = found.figure() if found else None
    return page("compare_page.html", identity, 409 if refused else 200, **values, shown=shown, figure=figure)


@router.get("/new")
def new(request: Request) -> HTMLResponse:
    """The form that writes a sweep file and launches it."""
    return page(
        "new.html",
        user_of(request, "runner"),
        name_pattern=NAME_PATTERN,
        datasets=[name for name, loader in DATASETS.items() if ":" not in name and "file" not in loader.uses],
        models=list(BUILT_IN),
        spaces=list(READY_MADE),
        samplers=get_args(SearchConfig.model_fields["sampler"].annotation),
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
