"""Train one trial after another in the driver's own process, without Ray, for debuggers and profilers."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import torch

from rts_search.basics.cpus import usable_cpus
from rts_search.basics.errors import UserError
from rts_search.basics.signals import interrupts_noted, terminated_as_interrupted
from rts_search.running.executors.executor import WorkerError
from trainables.core.settings.section import first_line
from trainables.order import TrialOrder
from trainables.worker import TrialWorker

if TYPE_CHECKING:
    from rts_search.running.trial_queue import TrialQueue


class InlineExecutor:
    """Runs all calls in this process. An interrupt (Ctrl-C) stops in the middle of an epoch; a resume repeats it."""

    report_seconds = 0.0
    most_at_a_time: int | None = 1

    def __init__(self) -> None:
        self._worker: TrialWorker | None = None

    @contextmanager
    def started(self) -> Iterator[None]:
        """Start nothing; at the end, restore torch's number of threads."""
        threads = torch.get_num_threads()
        try:
            with terminated_as_interrupted():
                yield
        finally:
            torch.set_num_threads(threads)
            self._worker = None

    def finish(self) -> None:
        """Release the worker's model and data."""
        self._worker = None

    def nodes(self) -> list[dict[str, float]]:
        """One node: the CPUs, GPUs and memory of this machine that this process may use."""
        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return [{"CPU": float(usable_cpus()), "GPU": float(gpus), "memory": float(memory)}]

    def train(
        self,
        name: str,
        queue: "TrialQueue",
        concurrent: Callable[[], int],  # noqa: ARG002
        share: Mapping[str, float] | None,  # noqa: ARG002
    ) -> bool:
        """Carry out one order after another."""
        if self._worker is None:
            self._worker = TrialWorker()
        try:
            with interrupts_noted() as interrupt:
                for number in count():
                    order = queue.next(str(number))
                    if order is None or interrupt.is_set():
                        return interrupt.is_set()
                    with interrupt.raised():
                        self._worker.take(TrialOrder.from_dict(order["order"]))
                    goes_on = True
                    while goes_on and not interrupt.is_set():
                        with interrupt.raised():
                            report = self._worker.report()
                        goes_on = queue.hear(str(number), report)
        except KeyboardInterrupt:
            return True
        except torch.AcceleratorError as error:
            raise UserError(
                f"{name}: this process has lost its GPU: {first_line(error)}; resume in a new process"
            ) from error
        return False

    def run(
        self,
        function: Callable[[Any], Any],
        arguments: Sequence[Any],
        share: Mapping[str, float],  # noqa: ARG002
    ) -> list[Any | WorkerError]:
        """Make one call after another."""
        return [_called(function, argument) for argument in arguments]

    @contextmanager
    def crew(
        self,
        make: Callable[..., Any],
        arguments: Sequence[Any],
        number: int,
        share: Mapping[str, float],  # noqa: ARG002
    ) -> Iterator["InlineCrew"]:
        """Yield the objects, in this process."""
        yield InlineCrew([_raised(_called(make, *arguments)) for _ in range(number)])


class InlineCrew:
    """Objects in this process, which work one after the other."""

    def __init__(self, members: Sequence[Any]) -> None:
        self._members = members

    def call(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of one object after the other. Raises: WorkerError."""
        return [_raised(_called(getattr(member, method), *arguments)) for member in self._members]


def _called(function: Callable[..., Any], *arguments: Any) -> Any | WorkerError:
    try:
        return function(*arguments)
    except Exception as error:
        return WorkerError(f"{type(error).__name__}: {first_line(error)}")


def _raised(result: Any | WorkerError) -> Any:
    if isinstance(result, WorkerError):
        raise result
    return result
