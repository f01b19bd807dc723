"""The request that compares any number of sweeps."""

from typing import Any

from fastapi import APIRouter

from rts_search.analysis.report.comparison import compare
from rts_search.basics.errors import UserError
from rts_search.server.access import VIEWER, State
from rts_search.server.api.parameters import Against, Names
from rts_search.server.problems import Problem

router = APIRouter(prefix="/api/compare", tags=["results"], dependencies=[VIEWER])


@router.get("")
def compared(names: Names, state: State, against: Against = None) -> dict[str, Any]:
    """Compare sweeps of the same data: their settings, their results at equal cost, and what is established."""
    for name in names:
        state.snapshots.get(name)
    try:
        return compare(names, state.settings.workspace, against).to_dict()
    except UserError as error:
        raise Problem(409, str(error)) from error
