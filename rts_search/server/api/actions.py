"""Requests that act on a launched sweep: stop, resume, extend, confirm."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from rts_search.basics.errors import UserError
from rts_search.operations.stop import ask_to_stop
from rts_search.server.access import Runner, State, audit
from rts_search.server.api.own_sweep import add_job, require_idle, require_own, summary
from rts_search.server.api.parameters import Name
from rts_search.server.api.repeats import Key
from rts_search.server.problems import Problem
from rts_search.server.responses import JobView, SweepSummary, job_view
from rts_search.server.state import ServerState
from rts_search.study.status import may_be_confirmed
from rts_search.sweep.confirm_section import At, ConfirmBudget, confirm_settings, require_at
from rts_search.sweep.sections import BudgetConfig

router = APIRouter(prefix="/api/sweeps/{name}", tags=["sweeps"])


class ResumeBody(BaseModel):
    """How a sweep is resumed."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    budget: BudgetConfig | None = None
    """New values for limits of the budget; the other limits stay."""


class ExtendBody(BaseModel):
    """How a sweep is extended."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    trials: Annotated[int, Field(ge=1, le=1_000_000)]
    """Number of trials in all, besides the baselines; with tuned baselines, of each method. At least as many as
    before."""
    arm: Annotated[str, Field(pattern=r"^[a-z_]{1,16}$")] | None = None
    """The only method that is extended, or a baseline to tune besides the others; null: all of them."""


class ConfirmBody(BaseModel):
    """How a sweep is confirmed; what is left out is taken from its sweep file."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    at: At | None = None
    """How long tuned baselines train: as in the sweep, or at the cost of RTS's run. Only where baselines are tuned."""
    top_k: Annotated[int, Field(ge=1, le=100)] | None = None
    """Number of contenders: the best trials of the search."""
    seeds: Annotated[int, Field(ge=2, le=1000)] | None = None
    """Number of seeds for each contender and baseline."""
    budget: ConfirmBudget | None = None
    """Limits of what the whole confirmation may cost."""


@router.post("/stop", status_code=202)
def stop(request: Request, name: Name, who: Runner, state: State, asked: Key) -> SweepSummary:
    """Stop a sweep. A queued sweep leaves the queue; a running one keeps all finished epochs."""
    require_own(state, name, who)
    job = next((job for job in state.jobs.of_sweep(name) if not job.over), None)
    if job is not None:
        state.job_runner.stop(job, asked)
    elif _stop_command_line(state, name):
        state.jobs.note_done(asked)
    else:
        raise Problem(409, f"{name}: is not running")
    audit(request, 202)
    return summary(state, name)


@router.post("/resume", status_code=202)
def resume(
    request: Request, name: Name, who: Runner, state: State, asked: Key, body: ResumeBody | None = None
) -> SweepSummary:
    """Continue a sweep that was stopped or interrupted."""
    found = require_own(state, name, who)
    limits = body.budget.model_dump(exclude_none=True) if body and body.budget else {}
    launched = next((job for job in state.jobs.of_sweep(name) if job.kind == "launch"), None)
    if name not in state.snapshots.versions(fresh=True) and launched is not None:
        add_job(state, "launch", name, launched.arguments, who, asked)  # it was stopped before it had a study
    elif found.state == "finished" and not found.can_resume:
        raise Problem(409, f"{name}: has finished; extend it to continue")
    else:
        require_idle(state, name)
        add_job(state, "resume", name, {"budget": limits}, who, asked)
    audit(request, 202)
    return summary(state, name)


@router.post("/extend", status_code=202)
def extend(request: Request, name: Name, who: Runner, state: State, asked: Key, body: ExtendBody) -> SweepSummary:
    """Raise the number of trials, and continue the sweep."""
    require_own(state, name, who)
    try:
        state.snapshots.get(name, fresh=True).study.extended(body.trials, body.arm)
    except UserError as error:
        raise Problem(422, str(error)) from error
    require_idle(state, name)
    add_job(state, "resume", name, body.model_dump(exclude_none=True), who, asked)
    audit(request, 202)
    return summary(state, name)


@router.post("/confirm", status_code=202)
def confirm(
    request: Request, name: Name, who: Runner, state: State, asked: Key, body: ConfirmBody | None = None
) -> JobView:
    """Train the best configs and the baselines at equal cost on new seeds, and judge which differences are real."""
    found = require_own(state, name, who)
    body = body or ConfirmBody()
    begun = name in state.snapshots.versions(fresh=True)
    snapshot = state.snapshots.get(name, fresh=True) if begun else None
    if snapshot is None or not may_be_confirmed(snapshot.study, snapshot.entries):
        rule = "must have finished, or have used its budget up, before it is confirmed"
        raise Problem(409, f"{name}: {rule}, but is {found.state}")
    sweep = snapshot.study.sweep
    if not sweep.baselines:
        raise Problem(409, f"{name}: has no baselines to compare with")
    try:
        limits = body.budget.limits() if body.budget else None
        require_at(sweep, confirm_settings(sweep.confirm, body.top_k, body.seeds, limits, body.at))
    except UserError as error:
        raise Problem(422, str(error)) from error
    require_idle(state, name)
    job = add_job(state, "confirm", name, body.model_dump(exclude_none=True), who, asked)
    audit(request, 202)
    return job_view(job)


def _stop_command_line(state: ServerState, name: str) -> bool:
    """Ask a sweep that the command line runs to stop; False when none does. Raises: Problem: it cannot be asked."""
    if name not in state.snapshots.versions(fresh=True):
        return False
    workspace = state.settings.workspace
    try:
        return ask_to_stop(workspace.load(name), workspace) is not None
    except UserError as error:
        raise Problem(409, str(error)) from error
