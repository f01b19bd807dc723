"""What every executor can do: run the workers of a sweep somewhere."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rts_search.running.trial_queue import TrialQueue


class WorkerError(Exception):
    """A worker died, or what it was asked raised an error; the text is one line."""


class Crew(Protocol):
    """Objects of one class, each in a worker of its own; all work at the same time where the executor can."""

    def call(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of each, and wait for all results. Raises: WorkerError."""


class Executor(Protocol):
    """Where workers run."""

    report_seconds: float
    """Epochs that took so long in all are reported together, where nothing is decided between them; 0: each alone."""
    most_at_a_time: int | None
    """Trials at a time at most, whatever the nodes hold; None: as many as they hold."""

    def started(self) -> AbstractContextManager[None]:
        """Called around everything else below; it may start in the background.

        Raises: UserError when it cannot start, at once or from the first method that needs it.
        """

    def finish(self) -> None:
        """Called when nothing more will be asked, so that workers end while the driver writes its results."""

    def nodes(self) -> Sequence[Mapping[str, float]]:
        """What each node has: `CPU`, `GPU`, `memory` in bytes, and what else the executor counts."""

    def train(self, name: str, queue: "TrialQueue", concurrent: int, share: Mapping[str, float] | None) -> bool:
        """Train what the queue of sweep `name` hands out until it is over; whether SIGINT or SIGTERM ended it.

        Args:
            concurrent: trials at a time.
            share: what every trial has of a node's resources; None where some have more than others.
        """

    def run(
        self, function: Callable[[Any], Any], arguments: Sequence[Any], share: Mapping[str, float]
    ) -> list[Any | WorkerError]:
        """Call a function once for each argument, in workers that have such a share of a node's resources each.

        Returns results in the order of the arguments; a WorkerError for each that failed.
        """

    def crew(
        self, make: Callable[..., Any], arguments: Sequence[Any], number: int, share: Mapping[str, float]
    ) -> AbstractContextManager[Crew]:
        """So many objects `make(*arguments)`, each in a worker with such a share, for the time of the context."""
