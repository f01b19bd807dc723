"""The interface of all executors: run the workers of a sweep."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rts_search.running.trial_queue import TrialQueue


class WorkerError(Exception):
    """A worker died, or its call raised an error. The text is one line."""


class Crew(Protocol):
    """Objects of one class, each in its own worker. They work at the same time if the executor can do this."""

    def call(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of every object and wait for all results. Raises: WorkerError."""


class Executor(Protocol):
    """Starts workers and calls functions in them."""

    report_seconds: float
    """Seconds of training in one report, if no decision falls between its epochs. 0: a report for every epoch."""
    most_at_a_time: int | None
    """Most trials that train at the same time. None: as many as fit on the nodes."""

    def started(self) -> AbstractContextManager[None]:
        """The context in which all other methods are called. The executor may start in the background.

        Raises: UserError when it cannot start, here or in the first method that needs it.
        """

    def finish(self) -> None:
        """Called after the last call of the other methods, so that workers end while the driver writes its results."""

    def nodes(self) -> Sequence[Mapping[str, float]]:
        """The resources of each node: `CPU`, `GPU`, `memory` in bytes, and others of the executor."""

    def train(
        self, name: str, queue: "TrialQueue", concurrent: Callable[[], int], share: Mapping[str, float] | None
    ) -> bool:
        """Train the orders of a queue until it is over. Returns whether a request to stop ended it.

        Args:
            name: name of the sweep.
            queue: hands out the orders and takes the reports.
            concurrent: number of trials that may train at the same time now.
            share: the resources of every trial; None if trials may have different shares.
        """

    def run(
        self, function: Callable[[Any], Any], arguments: Sequence[Any], share: Mapping[str, float]
    ) -> list[Any | WorkerError]:
        """Call a function once for each argument, in workers that have `share` of a node's resources.

        Returns the results in the order of the arguments. A failed call gives a WorkerError in its place.
        """

    def crew(
        self, make: Callable[..., Any], arguments: Sequence[Any], number: int, share: Mapping[str, float]
    ) -> AbstractContextManager[Crew]:
        """Yield `number` objects `make(*arguments)`, each in a worker with `share` of a node's resources."""
