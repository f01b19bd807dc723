"""The list of all sweeps."""

from typing import Any

from fastapi import APIRouter, Request, Response

from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.pages.sweep_query import ListedSweep, ListQuery, found
from rts_search.server.state import ServerState, state_of

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
def sweeps(request: Request) -> Response:
    """The list of all sweeps."""
    return _kept(request, "sweeps.html")


@router.get("/part/sweeps")
def part_sweeps(request: Request) -> Response:
    """The table of all sweeps alone, which the script fetches again after a change."""
    return _kept(request, "part_sweeps.html")


def _kept(request: Request, template: str) -> Response:
    """A page, rendered again when a sweep or a note has changed."""
    identity, state, query = user_of(request), state_of(request), ListQuery.of(request.query_params)
    version = state.overview.summaries(), state.notes.now()
    key = template, identity, query
    options = state.settings.workspace.options()
    return state.answers.get(
        request, key, version, lambda: page(template, identity, **_values(query, listed(state), options))
    )


def listed(state: ServerState) -> list[ListedSweep]:
    """All sweeps with their notes."""
    notes, identities = state.notes.now(), state.snapshots.identities()
    summaries = state.overview.summaries()
    return [ListedSweep(one, notes.of(one.sweep, identities.get(one.sweep, ""))) for one in summaries]


def _values(query: ListQuery, sweeps: list[ListedSweep], options: str) -> dict[str, Any]:
    shown = found(sweeps, query)
    return {
        "query": query,
        "found": shown,
        "heads": HEADS,
        "total": len(sweeps),
        "options": options,
        "archived": sum(one.note.archived for one in sweeps),
        "states": sorted({one.summary.state for one in sweeps}),
        "tags": sorted({tag for one in sweeps if one.note.archived == bool(query.archived) for tag in one.note.tags}),
    }
