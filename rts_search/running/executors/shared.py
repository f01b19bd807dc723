"""An executor that several operations use one after the other, such as a sweep and its confirmation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from rts_search.running.executors.executor import Crew, Executor, WorkerError

if TYPE_CHECKING:
    from rts_search.running.trial_queue import TrialQueue


class SharedExecutor:
    """Starts with the first operation, and ends with the context that shares it, not with an operation."""

    def __init__(self, made: Executor, context: ExitStack) -> None:
        """`made`: the executor that works. `context`: it ends together with this."""
        self._made, self._context = made, context
        self._runs = False
        self.report_seconds, self.most_at_a_time = made.report_seconds, made.most_at_a_time

    @contextmanager
    def started(self) -> Iterator[None]:
        """Start the executor, unless an earlier operation has."""
        if not self._runs:
            self._context.enter_context(self._made.started())
            self._runs = True
        yield

    def finish(self) -> None:
        """Do nothing: the next operation needs the executor."""

    def nodes(self) -> Sequence[Mapping[str, float]]:
        """The resources of each node."""
        return self._made.nodes()

    def train(
        self, name: str, queue: "TrialQueue", concurrent: Callable[[], int], share: Mapping[str, float] | None
    ) -> bool:
        """Train the orders of a queue."""
        return self._made.train(name, queue, concurrent, share)

    def run(
        self, function: Callable[[Any], Any], arguments: Sequence[Any], share: Mapping[str, float]
    ) -> list[Any | WorkerError]:
        """Call a function once for each argument."""
        return self._made.run(function, arguments, share)

    def crew(
        self, make: Callable[..., Any], arguments: Sequence[Any], number: int, share: Mapping[str, float]
    ) -> AbstractContextManager[Crew]:
        """Yield objects in workers."""
        return self._made.crew(make, arguments, number, share)
