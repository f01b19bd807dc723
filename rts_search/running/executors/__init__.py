"""The executors: trials train on Ray or in the driver's own process. A new one is a file here and a line below."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rts_search.running.executors.executor import Executor
from rts_search.study.workspace import Workspace

__all__ = ["EXECUTORS", "Executor", "make_executor", "one_executor"]


def _ray(workspace: Workspace) -> Executor:
    from rts_search.running.executors.ray import RayExecutor

    return RayExecutor(workspace.address, workspace.verbose)


def _inline(workspace: Workspace) -> Executor:  # noqa: ARG001
    from rts_search.running.executors.inline import InlineExecutor

    return InlineExecutor()


EXECUTORS: dict[str, Callable[[Workspace], Executor]] = {"ray": _ray, "inline": _inline}
"""Name on the command line -> function that makes the executor and imports its libraries."""


_shared: dict[Workspace, ExitStack] = {}
_made: dict[Workspace, Executor] = {}


def make_executor(workspace: Workspace) -> Executor:
    """The executor that the workspace names. Within `one_executor`, every call returns the same one."""
    context = _shared.get(workspace)
    if context is None:
        return EXECUTORS[workspace.executor](workspace)
    if workspace not in _made:
        from rts_search.running.executors.shared import SharedExecutor

        _made[workspace] = SharedExecutor(EXECUTORS[workspace.executor](workspace), context)
    return _made[workspace]


@contextmanager
def one_executor(workspace: Workspace) -> Iterator[None]:
    """In this context, all operations in the workspace share one executor, so that Ray starts only once."""
    with ExitStack() as context:
        _shared[workspace] = context
        try:
            yield
        finally:
            del _shared[workspace]
            _made.pop(workspace, None)
