"""The list of all sweeps."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.pages.sweep_query import ListedSweep, ListQuery, found
from rts_search.server.state import ServerState, state_of
from rts_search.server.summaries import all_summaries

HEADS = (
    ("sweep", "sweep", False),
    ("state", "state", False),
    ("dataset", "data set", False),
    ("model", "model", False),
    ("trials", "trials ended", True),
    ("best", "best", True),
    ("baseline", "best baseline", True),
    ("started", "started", True),
    ("trained", "trained for", True),
    ("launched_by", "owner", False),
)
"""Key, head, and whether the cells are numbers, of each column."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def sweeps(request: Request) -> HTMLResponse:
    """The list of all sweeps."""
    return page("sweeps.html", user_of(request), **_values(request))


@router.get("/part/sweeps")
def part_sweeps(request: Request) -> HTMLResponse:
    """The table of all sweeps alone, which the script fetches again after a change."""
    return page("part_sweeps.html", user_of(request), **_values(request))


def listed(state: ServerState) -> list[ListedSweep]:
    """All sweeps with their notes."""
    notes, identities = state.notes.now(), state.snapshots.identities()
    summaries = all_summaries(state.snapshots, state.jobs)
    return [ListedSweep(one, notes.of(one.sweep, identities.get(one.sweep, ""))) for one in summaries]


def _values(request: Request) -> dict[str, Any]:
    state = state_of(request)
    query, sweeps = ListQuery.of(request.query_params), listed(state)
    shown = found(sweeps, query)
    return {
        "query": query,
        "found": shown,
        "heads": HEADS,
        "total": len(sweeps),
        "options": state.settings.workspace.options(),
        "archived": sum(one.note.archived for one in sweeps),
        "states": sorted({one.summary.state for one in sweeps}),
        "tags": sorted({tag for one in sweeps for tag in one.note.tags}),
    }
