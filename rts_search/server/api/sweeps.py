"""Sweeps over HTTP: launch, watch, stop, resume, extend, confirm, delete."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from rts_search.basics.errors import UserError
from rts_search.operations.stop import ask_to_stop, delete
from rts_search.server.access import VIEWER, Runner, State, audit
from rts_search.server.api.sweep_body import SWEEP_BODY, checked, sweep_values
from rts_search.server.database.job_queue import BusyError, Job
from rts_search.server.database.tokens import Identity
from rts_search.server.problems import Problem
from rts_search.server.responses import JobView, SweepSummary, all_summaries, job_view, summary_of
from rts_search.server.state import ServerState
from rts_search.study.status import may_be_confirmed
from rts_search.sweep.confirm_section import ConfirmBudget, confirm_settings
from rts_search.sweep.sections import BudgetConfig
from rts_search.sweep.sweep_file import parse_sweep

router = APIRouter(prefix="/api/sweeps", tags=["sweeps"])
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Name of a sweep.")]
OtherName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Name of another.")]
NewName = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Instead of the file's name.")
]
Priority = Annotated[int, Query(ge=-100, le=100, description="Higher ones start first; above 0 needs admin.")]


class Going(BaseModel):
    """What a sweep that goes on is given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    budget: BudgetConfig | None = None
    """Limits that are set anew."""


class Extension(BaseModel):
    """How far a sweep is extended."""

    model_config = ConfigDict(extra="forbid", strict=True)

    trials: Annotated[int, Field(ge=1, le=1_000_000)]
    """Trials besides the baselines, at least as many as there are."""


class Confirming(BaseModel):
    """How a sweep is confirmed; by its own file's settings where nothing else is said."""

    model_config = ConfigDict(extra="forbid", strict=True)

    top_k: Annotated[int, Field(ge=1, le=100)] | None = None
    seeds: Annotated[int, Field(ge=2, le=1000)] | None = None
    budget: ConfirmBudget | None = None
    """What the confirmation may cost in all."""


@router.post("", status_code=202, openapi_extra=SWEEP_BODY)
def launch(
    request: Request,
    who: Runner,
    state: State,
    values: Annotated[dict[str, Any], Depends(sweep_values)],
    name: NewName = None,
    priority: Priority = 0,
) -> SweepSummary:
    """Launch a sweep: it is checked as the command line does, and starts when its turn has come."""
    if priority > 0 and not who.may("admin"):
        raise Problem(403, "priority: above 0 needs the role admin")
    sweep = checked(values, name, request)
    if sweep.name in state.catalogue.versions(fresh=True):
        raise Problem(409, f"{sweep.name}: a sweep of this name exists; resume it or choose another name")
    if state.settings.workspace.results.sweep(sweep.name).driver() is not None:
        raise Problem(409, f"{sweep.name}: a sweep of this name is just starting")
    _add(state, "launch", sweep.name, {"sweep": sweep.to_dict()}, who, priority)
    audit(request, 202, sweep.name)
    return _summary(state, sweep.name)


@router.get("", dependencies=[VIEWER])
def sweeps(state: State) -> list[SweepSummary]:
    """All sweeps, by name, those that wait included."""
    return all_summaries(state.catalogue, state.jobs)


@router.get("/{name}", dependencies=[VIEWER])
def sweep(name: Name, state: State) -> SweepSummary:
    """How far a sweep is."""
    return _summary(state, name)


@router.post("/{name}/stop", status_code=202)
def stop(request: Request, name: Name, who: Runner, state: State) -> SweepSummary:
    """Stop a sweep: one that waits leaves the queue, one that runs keeps all that it has reached."""
    _own(state, name, who)
    job = next((job for job in state.jobs.of_sweep(name) if not job.over), None)
    if job is not None:
        state.supervisor.stop(job)
    elif _stop_elsewhere(state, name) is None:
        raise Problem(409, f"{name}: does not run")
    audit(request, 202)
    return _summary(state, name)


@router.post("/{name}/resume", status_code=202)
def resume(request: Request, name: Name, who: Runner, state: State, going: Going | None = None) -> SweepSummary:
    """Go on with a sweep that was stopped or interrupted."""
    summary = _own(state, name, who)
    budget = going.budget.model_dump(exclude_none=True) if going and going.budget else {}
    launched = next((job for job in state.jobs.of_sweep(name) if job.kind == "launch"), None)
    if name not in state.catalogue.versions(fresh=True) and launched is not None:
        _add(state, "launch", name, launched.arguments, who)  # it was cut off before it began
    elif summary.state == "finished":
        raise Problem(409, f"{name}: has finished; extend it to go on")
    else:
        _require_idle(state, name)
        _add(state, "resume", name, {"budget": budget}, who)
    audit(request, 202)
    return _summary(state, name)


@router.post("/{name}/extend", status_code=202)
def extend(request: Request, name: Name, who: Runner, state: State, extension: Extension) -> SweepSummary:
    """Raise the number of trials, and go on."""
    _own(state, name, who)
    study = state.catalogue.snapshot(name, fresh=True).study
    least = study.sweep.num_trials
    if extension.trials < least:
        raise Problem(422, f"trials: must be >= {least}, but got {extension.trials}")
    try:
        parse_sweep(study.sweep.with_trials(extension.trials).to_dict(), name)
    except UserError as error:
        raise Problem(422, str(error)) from error
    _require_idle(state, name)
    _add(state, "resume", name, {"trials": extension.trials}, who)
    audit(request, 202)
    return _summary(state, name)


@router.post("/{name}/confirm", status_code=202)
def confirm(request: Request, name: Name, who: Runner, state: State, confirming: Confirming | None = None) -> JobView:
    """Train the best configs and the baselines at equal cost on new seeds, and tell which differences are there."""
    summary = _own(state, name, who)
    told, begun = confirming or Confirming(), name in state.catalogue.versions(fresh=True)
    snapshot = state.catalogue.snapshot(name, fresh=True) if begun else None
    if snapshot is None or not may_be_confirmed(snapshot.study, snapshot.entries):
        rule = "must have finished, or have used its budget up, before it is confirmed"
        raise Problem(409, f"{name}: {rule}, but is {summary.state}")
    study = snapshot.study
    if not study.sweep.baselines:
        raise Problem(409, f"{name}: has no baselines to compare with")
    try:
        limits = told.budget.limits() if told.budget else None
        confirm_settings(study.sweep.confirm, told.top_k, told.seeds, limits)
    except UserError as error:
        raise Problem(422, str(error)) from error
    _require_idle(state, name)
    job = _add(state, "confirm", name, told.model_dump(exclude_none=True), who)
    audit(request, 202)
    return job_view(job)


@router.delete("/{name}", status_code=204)
def remove(request: Request, name: Name, who: Runner, state: State) -> Response:
    """Delete a sweep with its results, and those of its states that no other sweep has."""
    _own(state, name, who)
    if any(not job.over for job in state.jobs.of_sweep(name)):
        raise Problem(409, f"{name}: waits or runs; stop it first")
    if name in state.catalogue.versions(fresh=True):
        try:
            delete(name, state.settings.workspace)
        except UserError as error:
            raise Problem(409, str(error)) from error
    state.jobs.forget(name)
    state.catalogue.versions(fresh=True)
    audit(request, 204)
    return Response(status_code=204)


def _summary(state: ServerState, name: str) -> SweepSummary:
    return summary_of(name, state.catalogue, state.jobs.latest().get(name))


def _own(state: ServerState, name: str, who: Identity) -> SweepSummary:
    """The sweep, when it is this one's to change. Raises: Problem."""
    summary = _summary(state, name)
    if not who.may("admin") and state.jobs.owner(name) != who.name:
        raise Problem(403, f"{name}: is not yours; only whoever launched it, or an admin, may change it")
    return summary


def _require_idle(state: ServerState, name: str) -> None:
    if state.settings.workspace.results.sweep(name).driver() is not None:
        raise Problem(409, f"{name}: runs already")


def _stop_elsewhere(state: ServerState, name: str) -> object:
    """Stop a sweep that the command line runs. Raises: Problem when it runs on another machine."""
    if name not in state.catalogue.versions(fresh=True):
        return None
    try:
        return ask_to_stop(name, state.settings.workspace)
    except UserError as error:
        raise Problem(409, str(error)) from error


def _add(state: ServerState, kind: Any, name: str, arguments: dict[str, Any], who: Identity, priority: int = 0) -> Job:
    try:
        return state.jobs.add(kind, name, arguments, who.name, priority)
    except BusyError as error:
        raise Problem(409, str(error)) from error
