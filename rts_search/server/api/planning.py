"""Requests to make before a launch: check a sweep file, forecast its cost."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from rts_search.analysis.confirmation.forecast import scope
from rts_search.server.access import VIEWER, Runner, State, audit
from rts_search.server.api.own_sweep import add_job
from rts_search.server.api.parameters import NewName, PlanNumber
from rts_search.server.api.repeats import Key
from rts_search.server.api.sweep_body import SWEEP_BODY, checked, sweep_values
from rts_search.server.database.job_states import Job
from rts_search.server.problems import Problem
from rts_search.server.responses import PlanView, job_view
from rts_search.server.state import ServerState
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import sweep_schema

router = APIRouter(prefix="/api", tags=["planning"])


class Confirmation(BaseModel):
    """The largest size that the confirmation of a sweep can have."""

    in_file: bool
    """Whether the sweep file has a `confirm` section; otherwise the numbers are those of the defaults."""
    contenders: int
    """Trials of the search that are compared with the baselines."""
    arms: dict[str, int] = {}
    """Where baselines are tuned: method -> its contenders, of which one is measured."""
    seeds: int
    """Seeds for each contender and baseline."""
    runs: int
    """Trainings at full length."""


class Checked(BaseModel):
    """A valid sweep file."""

    sweep: str
    trials: int
    """Trials, besides the baselines."""
    arms: dict[str, int]
    """Method -> its trials: rts, and every baseline that is tuned."""
    baselines: list[str]
    epochs: int
    confirmation: Confirmation | None
    """Null when the sweep has no baselines to compare with."""


@router.get("/schema", dependencies=[VIEWER])
def schema() -> dict[str, Any]:
    """Return the JSON Schema of sweep files."""
    return sweep_schema()


@router.post("/check", dependencies=[VIEWER], openapi_extra=SWEEP_BODY)
def check(request: Request, values: Annotated[dict[str, Any], Depends(sweep_values)], name: NewName = None) -> Checked:
    """Check the settings of a sweep file. A plan and a launch also check the data and the model."""
    return checked_view(checked(values, name, request))


def checked_view(sweep: SweepFile) -> Checked:
    """The response for a sweep file that is valid."""
    found = scope(sweep)
    confirmation = None
    if found is not None:
        confirmation = Confirmation(
            in_file=found.in_file,
            contenders=found.contenders,
            arms=found.arms,
            seeds=found.settings.seeds,
            runs=found.most.runs,
        )
    return Checked(
        sweep=sweep.name,
        trials=sweep.num_trials,
        arms=sweep.efforts,
        baselines=[baseline.name for baseline in sweep.baselines],
        epochs=sweep.training.epochs,
        confirmation=confirmation,
    )


@router.post("/plans", status_code=202, openapi_extra=SWEEP_BODY)
def plan(
    request: Request,
    who: Runner,
    state: State,
    asked: Key,
    values: Annotated[dict[str, Any], Depends(sweep_values)],
    name: NewName = None,
) -> PlanView:
    """Queue a job that trains a few steps and forecasts the cost of the sweep; ask for the result by its number."""
    sweep = checked(values, name, request)
    job = add_job(state, "plan", sweep.name, {"sweep": sweep.to_dict()}, who, asked)
    audit(request, 202, sweep.name)
    return plan_view(state, job.id)


@router.get("/plans/{number}", dependencies=[VIEWER])
def planned(number: PlanNumber, state: State) -> PlanView:
    """Return the job of a plan, with its forecast when it has finished."""
    return plan_view(state, number)


@router.post("/plans/{number}/stop", status_code=202)
def stop_plan(request: Request, number: PlanNumber, who: Runner, state: State, asked: Key) -> PlanView:
    """Stop a plan, or take it out of the queue. One that has ended stays as it is."""
    job = _plan(state, number)
    if not who.may("admin") and job.owner != who.name:
        raise Problem(403, f"{number}: is not yours; only the user who asked for this plan, or an admin, may stop it")
    state.job_runner.stop(job, asked)
    audit(request, 202, job.sweep)
    return plan_view(state, number)


def plan_view(state: ServerState, number: int) -> PlanView:
    """The job of a plan, with its forecast when it has finished. Raises: Problem: there is no such plan."""
    job = _plan(state, number)
    files = state.job_runner.files
    forecast = files.forecast(job) if job.state == "finished" else None
    lines = _lines(forecast) if forecast else []
    return PlanView(job=job_view(job), forecast=forecast, lines=lines, progress=files.progress(job))


def _plan(state: ServerState, number: int) -> Job:
    job = state.jobs.get(number)
    if job is None or job.kind != "plan":
        raise Problem(404, f"{number}: there is no plan of this number")
    return job


def _lines(forecast: dict[str, Any]) -> list[str]:
    """The text of a forecast."""
    from rts_search.analysis.forecast.forecast import Forecast

    return Forecast.from_dict(forecast).lines()
