"""The request that tells how large a confirmation can be, before it is asked for."""

from typing import Annotated

from fastapi import APIRouter, Query

from rts_search.analysis.confirmation.forecast import scope
from rts_search.basics.errors import UserError
from rts_search.server.access import VIEWER, State
from rts_search.server.api.parameters import Name
from rts_search.server.problems import Problem
from rts_search.server.responses import Answer
from rts_search.sweep.confirm_section import At, confirm_settings, require_at

router = APIRouter(prefix="/api/sweeps/{name}", tags=["sweeps"], dependencies=[VIEWER])


class ConfirmationSize(Answer):
    """How many runs a confirmation can have."""

    contenders: int
    """Trials of the search that are compared with the baselines; at most as many as the sweep has."""
    seeds: int
    """Seeds for each contender and baseline."""
    runs_at_least: int
    runs_at_most: int
    """Trainings at full length, whatever the confirmation finds. Runs that are lost and tried again do not count."""
    told: str
    """The largest number in one sentence."""


@router.get("/confirm")
def size(
    name: Name,
    state: State,
    at: Annotated[At | None, Query(description="As in the request that begins a confirmation.")] = None,
    top_k: Annotated[int | None, Query(ge=1, le=100, description="Number of contenders.")] = None,
    seeds: Annotated[int | None, Query(ge=2, le=1000, description="Seeds of each contender and baseline.")] = None,
) -> ConfirmationSize:
    """Tell how many runs a confirmation can have; what is left out is taken from the sweep file. Nothing is begun."""
    sweep = state.snapshots.get(name).study.sweep
    try:
        settings = confirm_settings(sweep.confirm, top_k, seeds, None, at)
        require_at(sweep, settings)
    except UserError as error:
        raise Problem(422, str(error)) from error
    found = scope(sweep, settings)
    if found is None:
        raise Problem(409, f"{name}: has no baselines to compare with")
    least, most = found.runs
    return ConfirmationSize(
        contenders=found.contenders,
        seeds=settings.seeds,
        runs_at_least=least,
        runs_at_most=most,
        told=f"With the numbers shown, it trains up to {most:,} runs at full length.",
    )
