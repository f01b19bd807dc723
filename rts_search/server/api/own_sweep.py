"""Checks that a user may change a sweep now, and adds its next job to the queue."""

from typing import Any

from rts_search.server.database.job_queue import BusyError
from rts_search.server.database.job_states import Job, Kind
from rts_search.server.database.request_keys import Asked
from rts_search.server.database.tokens import Identity
from rts_search.server.problems import Problem
from rts_search.server.responses import SweepSummary
from rts_search.server.state import ServerState
from rts_search.server.summaries import summary_of


def summary(state: ServerState, name: str) -> SweepSummary:
    """The state and the progress of a sweep. Raises: Problem: there is no such sweep."""
    return summary_of(name, state.snapshots, state.jobs.latest().get(name))


def require_own(state: ServerState, name: str, who: Identity) -> SweepSummary:
    """Return the summary of a sweep that this user may change. Raises: Problem: another user launched it."""
    found = summary(state, name)
    if not who.may("admin") and state.jobs.owner(name) != who.name:
        raise Problem(403, f"{name}: is not yours; only the user who launched it, or an admin, may change it")
    return found


def require_idle(state: ServerState, name: str) -> None:
    """Raises: Problem: the sweep has a driver that runs."""
    if state.snapshots.driver(name) is not None:
        raise Problem(409, f"{name}: is running already")


def add_job(
    state: ServerState,
    kind: Kind,
    name: str,
    arguments: dict[str, Any],
    who: Identity,
    asked: Asked | None,
    priority: int = 0,
) -> Job:
    """Put a job for a sweep in the queue.

    Raises:
        Problem: the sweep has a job already.
        KeyUsedError, RepeatedError: see `Jobs.add`.
    """
    try:
        return state.jobs.add(kind, name, arguments, who.name, priority, asked)
    except BusyError as error:
        raise Problem(409, str(error)) from error
