"""Whether a new sweep may have a name."""

from rts_search.basics.errors import UserError
from rts_search.server.problems import Problem
from rts_search.server.state import ServerState


def require_new(state: ServerState, name: str, fresh: bool = False) -> None:
    """Check that no sweep has this name, and nothing else in the results folder. A job in the queue is not looked for.

    fresh: look at the database now, not at what was read from it a moment ago.

    Raises: Problem: the name is taken.
    """
    known = state.snapshots.versions(fresh)
    if name in known:
        raise Problem(409, f"{name}: a sweep of this name exists; resume it, or choose another name")
    if state.settings.workspace.results.sweep(name).driver() is not None:
        raise Problem(409, f"{name}: a sweep of this name is starting now; choose another name")
    try:
        state.settings.workspace.require_place(name, known)
    except UserError as error:
        raise Problem(409, str(error)) from error


def taken_names(state: ServerState) -> list[str]:
    """The names of all sweeps, also of those that wait in the queue, sorted."""
    return sorted({*state.snapshots.names(), *state.jobs.latest()})
