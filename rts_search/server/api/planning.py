"""Sweeps that are not launched yet: is the file right, and what would it cost?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from rts_search.analysis.confirmation.forecast import scope
from rts_search.server.access import VIEWER, Runner, State, audit
from rts_search.server.api.sweep_body import SWEEP_BODY, checked, sweep_values
from rts_search.server.api.sweeps import NewName
from rts_search.server.database.job_queue import BusyError
from rts_search.server.problems import Problem
from rts_search.server.responses import PlanView, job_view
from rts_search.server.state import ServerState
from rts_search.sweep.sweep_file import sweep_schema

router = APIRouter(prefix="/api", tags=["planning"])


class Confirmation(BaseModel):
    """What a confirmation comes to at most."""

    in_file: bool
    """Whether the sweep ends with it; otherwise it is what confirming would do by its defaults."""
    contenders: int
    seeds: int
    """On which contenders and baselines are measured."""
    runs: int
    """All are trained to full length."""


class Checked(BaseModel):
    """A sweep file that is right."""

    sweep: str
    trials: int
    """Besides the baselines."""
    baselines: list[str]
    epochs: int
    confirmation: Confirmation | None
    """None without baselines to compare with."""


@router.get("/schema", dependencies=[VIEWER])
def schema() -> dict[str, Any]:
    """The JSON Schema of sweep files."""
    return sweep_schema()


@router.post("/check", dependencies=[VIEWER], openapi_extra=SWEEP_BODY)
def check(request: Request, values: Annotated[dict[str, Any], Depends(sweep_values)], name: NewName = None) -> Checked:
    """Check a sweep file's settings; a plan and a launch look at the data and build the model too."""
    sweep = checked(values, name, request)
    found = scope(sweep)
    confirmation = None
    if found is not None:
        confirmation = Confirmation(
            in_file=found.in_file, contenders=found.contenders, seeds=found.settings.seeds, runs=found.most.runs
        )
    return Checked(
        sweep=sweep.name,
        trials=sweep.num_trials,
        baselines=[baseline.name for baseline in sweep.baselines],
        epochs=sweep.training.epochs,
        confirmation=confirmation,
    )


@router.post("/plans", status_code=202, openapi_extra=SWEEP_BODY)
def plan(
    request: Request,
    who: Runner,
    state: State,
    values: Annotated[dict[str, Any], Depends(sweep_values)],
    name: NewName = None,
) -> PlanView:
    """Train a few steps and forecast what the sweep will cost; ask for the result by the job's number."""
    sweep = checked(values, name, request)
    try:
        job = state.jobs.add("plan", sweep.name, {"sweep": sweep.to_dict()}, who.name)
    except BusyError as error:
        raise Problem(409, str(error)) from error
    audit(request, 202, sweep.name)
    return _view(state, job.id)


@router.get("/plans/{number}", dependencies=[VIEWER])
def planned(number: Annotated[int, Path(ge=1, lt=2**31)], state: State) -> PlanView:
    """The forecast, once it is there."""
    return _view(state, number)


def _view(state: ServerState, number: int) -> PlanView:
    job = state.jobs.get(number)
    if job is None or job.kind != "plan":
        raise Problem(404, f"{number}: is no plan's number")
    forecast = state.supervisor.plan_of(job) if job.state == "finished" else None
    return PlanView(job=job_view(job), forecast=forecast, lines=told(forecast) if forecast else [])


def told(forecast: dict[str, Any]) -> list[str]:
    """A forecast to be read."""
    from rts_search.analysis.forecast.forecast import Forecast

    return Forecast.from_dict(forecast).lines()
