"""The pages beside those of one sweep: the comparison, and the form for a new one."""

from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.analysis.report.comparison import compare, shown
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.state import state_of
from rts_search.sweep.sections import SearchConfig
from rts_search.sweep.sweep import NAME_PATTERN
from search_spaces.ready_made import READY_MADE
from trainables.core.data.registry import DATASETS
from trainables.core.models.catalogue import BUILT_IN

router = APIRouter(include_in_schema=False)


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
