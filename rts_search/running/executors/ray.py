"""Run workers as actors and tasks of a local Ray or of a Ray cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ray

from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase
from rts_search.basics.signals import terminated_as_interrupted
from rts_search.running.executors.beside import RayLost, called_beside
from rts_search.running.executors.executor import WorkerError
from rts_search.running.executors.ray_address import LOCAL
from rts_search.running.executors.ray_cluster import RaySession
from trainables.core.settings.section import first_line

if TYPE_CHECKING:
    from rts_search.running.trial_queue import TrialQueue

REPORT_SECONDS = 0.2
"""Seconds. One report takes about 15 ms in Tune and the study, less than a tenth of this."""

LOOK_SECONDS = 1.0
"""Time between two looks whether Ray is lost, while the driver waits for a result."""


class RayExecutor:
    """The default executor, also for clusters. Ray Tune runs as many trials as fit."""

    report_seconds = REPORT_SECONDS
    most_at_a_time: int | None = None

    def __init__(self, address: str | None, verbose: bool) -> None:
        """`address`: the cluster to join; None: a local Ray. `verbose`: whether Ray's own messages are shown."""
        self._address = None if address == LOCAL else address or None
        self._verbose = verbose
        self._session: RaySession | None = None

    @contextmanager
    def started(self) -> Iterator[None]:
        """Start Ray, or join the cluster, in the background. Methods that need Ray wait until it runs."""
        if self._session is not None:
            with phase("ending the ray of before"):
                self._session.join()
        self._session = RaySession(self._address, self._verbose)
        self._session.begin()
        try:
            with terminated_as_interrupted():
                yield
        finally:
            self._session.finish()

    def finish(self) -> None:
        """End Ray in the background."""
        self._running().finish()

    def _running(self) -> RaySession:
        assert self._session is not None, "the executor must have been started"
        with phase("starting ray"):
            self._session.wait_until_ready()
        return self._session

    def nodes(self) -> list[dict[str, float]]:
        """The resources of the nodes that are alive."""
        return self._running().nodes

    def train(
        self, name: str, queue: "TrialQueue", concurrent: Callable[[], int], share: Mapping[str, float] | None
    ) -> bool:
        """Train the orders of a queue with Ray Tune."""
        from rts_search.running.executors.ray_tune import tune_queue

        session = self._running()
        return tune_queue(name, queue, concurrent, share, lambda: session.lost, local=self._address is None)

    def run(
        self, function: Callable[[Any], Any], arguments: Sequence[Any], share: Mapping[str, float]
    ) -> list[Any | WorkerError]:
        """Call the function in Ray tasks, as many at a time as fit."""
        session = self._running()
        remote = ray.remote(num_cpus=share.get("CPU", 0.0), num_gpus=share.get("GPU", 0.0))(function)
        waiting = _asked(session, lambda: [remote.remote(argument) for argument in arguments])
        return [_result(one, session) for one in waiting]

    @contextmanager
    def crew(
        self, make: Callable[..., Any], arguments: Sequence[Any], number: int, share: Mapping[str, float]
    ) -> Iterator["RayCrew"]:
        """Yield the objects as Ray actors."""
        session = self._running()
        actor = ray.remote(num_cpus=share.get("CPU", 0.0), num_gpus=share.get("GPU", 0.0))(make)
        crew = RayCrew(session, _asked(session, lambda: [actor.remote(*arguments) for _ in range(number)]))
        try:
            yield crew
        finally:
            crew.end()


class RayCrew:
    """Objects in Ray actors, which work at the same time."""

    def __init__(self, session: RaySession, members: Sequence[Any]) -> None:
        self._session, self._members = session, members

    def call(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of every actor and wait for all results. Raises: WorkerError."""
        waiting = [getattr(one, method).remote(*arguments) for one in self._members]
        results = [_result(one, self._session) for one in waiting]
        for result in results:
            if isinstance(result, WorkerError):
                raise result
        return results

    def end(self) -> None:
        """End the actors."""
        for member in self._members:
            ray.kill(member)


def _asked(session: RaySession, ask: Callable[[], list[Any]]) -> list[Any]:
    """What Ray gives for calls whose results come later. Raises: UserError when Ray is lost."""
    try:
        return called_beside(ask, lambda: session.lost)
    except RayLost as error:
        raise _lost(session) from error


def _lost(session: RaySession) -> UserError:
    return UserError(f"Ray is lost: {session.lost}; run the command again")


def _result(waiting: Any, session: RaySession) -> Any | WorkerError:
    """The result of a call. Raises: UserError when Ray is lost."""
    try:
        while not ray.wait([waiting], timeout=LOOK_SECONDS, fetch_local=False)[0]:
            if session.lost:
                raise _lost(session)
        return ray.get(waiting)
    except ray.exceptions.RayError as error:
        return WorkerError(first_line(error) if not str(error).strip() else str(error).strip().splitlines()[-1])
