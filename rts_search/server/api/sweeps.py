"""Requests that launch, list, show and delete sweeps."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rts_search.basics.errors import UserError
from rts_search.operations.stop import delete
from rts_search.server.access import VIEWER, Runner, State, audit
from rts_search.server.api.new_name import require_new
from rts_search.server.api.own_sweep import add_job, require_own, summary
from rts_search.server.api.parameters import Name, NewName, Priority
from rts_search.server.api.repeats import Key
from rts_search.server.api.sweep_body import SWEEP_BODY, checked, sweep_values
from rts_search.server.database.job_queue import BusyError
from rts_search.server.problems import Problem
from rts_search.server.responses import SweepSummary

router = APIRouter(prefix="/api/sweeps", tags=["sweeps"])


@router.post("", status_code=202, openapi_extra=SWEEP_BODY)
def launch(
    request: Request,
    who: Runner,
    state: State,
    asked: Key,
    values: Annotated[dict[str, Any], Depends(sweep_values)],
    name: NewName = None,
    priority: Priority = 0,
) -> SweepSummary:
    """Check a sweep as the command line does, and put it in the queue; it starts when its turn comes."""
    if priority > 0 and not who.may("admin"):
        raise Problem(403, f"priority: above 0 needs the role admin, but {who.name} has the role {who.role}")
    sweep = checked(values, name, request)
    require_new(state, sweep.name, fresh=True)
    arguments = {"sweep": sweep.to_dict(), "text": request.state.sweep_text}
    add_job(state, "launch", sweep.name, arguments, who, asked, priority)
    audit(request, 202, sweep.name)
    return summary(state, sweep.name)


@router.get("", dependencies=[VIEWER])
def sweeps(state: State) -> list[SweepSummary]:
    """List all sweeps by name, including those in the queue."""
    return list(state.overview.summaries())


@router.get("/{name}", dependencies=[VIEWER])
def sweep(name: Name, state: State) -> SweepSummary:
    """Show the state and the progress of a sweep."""
    return summary(state, name)


@router.delete("/{name}", status_code=204)
def remove(request: Request, name: Name, who: Runner, state: State) -> Response:
    """Delete a sweep, its results, and its states that no other sweep shares."""
    require_own(state, name, who)
    try:
        deletion = state.jobs.begin_deletion(name, who.name)  # from now on, no job of this name is added
    except BusyError as error:
        raise Problem(409, str(error)) from error
    deleted = False
    try:
        if name in state.snapshots.versions(fresh=True):
            delete(name, state.settings.workspace)
        state.notes.forget(name)
        deleted = True
    except UserError as error:
        raise Problem(409, str(error)) from error
    finally:
        state.jobs.end_deletion(deletion, deleted)
    state.snapshots.versions(fresh=True)
    audit(request, 204)
    return Response(status_code=204)
