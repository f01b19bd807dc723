"""The executors: trials train on Ray or in the driver's own process. A new one is a file here and a line below."""

from collections.abc import Callable

from rts_search.running.executors.executor import Executor
from rts_search.study.workspace import Workspace

__all__ = ["EXECUTORS", "Executor", "make_executor"]


def _ray(workspace: Workspace) -> Executor:
    from rts_search.running.executors.ray import RayExecutor

    return RayExecutor(workspace.address, workspace.verbose)


def _inline(workspace: Workspace) -> Executor:  # noqa: ARG001
    from rts_search.running.executors.inline import InlineExecutor

    return InlineExecutor()


EXECUTORS: dict[str, Callable[[Workspace], Executor]] = {"ray": _ray, "inline": _inline}
"""Name on the command line -> function that makes the executor and imports its libraries."""


def make_executor(workspace: Workspace) -> Executor:
    """The executor that the workspace names."""
    return EXECUTORS[workspace.executor](workspace)
