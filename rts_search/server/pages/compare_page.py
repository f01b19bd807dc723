"""The page that compares sweeps."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from rts_search.analysis.report.comparison import compare
from rts_search.analysis.report.comparison_table import shown
from rts_search.basics.errors import UserError
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.state import state_of

router = APIRouter(include_in_schema=False)


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
