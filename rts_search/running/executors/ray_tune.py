"""Connect a sweep's queue with Ray Tune: a searcher hands out the orders, and a stop rule takes the reports."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

from rts_search.running.executors.ray_internals import keep_workers, take_started_workers
from rts_search.running.losses import in_one_line
from rts_search.running.trial_queue import TrialQueue
from trainables.ray_trainable import RTSTrainable

CLOSE_SECONDS = 30.0
"""Longest wait for a report that is being recorded when the search is closed."""


class Closed(BaseException):
    """Leaves Tune's loop at once. Tune catches other exceptions, and waits for its workers then."""


class QueueSearcher(Searcher):
    """Gives Tune the orders of the queue. Each trial of Tune is one order; a trial of the sweep may have several."""

    def __init__(self, queue: TrialQueue, at_a_time: Callable[[], int]) -> None:
        """`at_a_time`: how many orders may run at the same time, now."""
        super().__init__()
        self._queue, self._at_a_time = queue, at_a_time
        self._running: set[str] = set()
        self._causes: dict[str, str] = {}
        self._lock, self._closed = threading.Lock(), False

    def close(self) -> None:
        """Called by the driver's main thread when it goes on without Tune: no report is recorded any more."""
        self._closed = True
        if self._lock.acquire(timeout=CLOSE_SECONDS):  # wait for the report that is being recorded
            self._lock.release()

    def require_open(self) -> None:
        """Leave Tune's loop when the search is closed."""
        if self._closed:
            raise Closed

    @contextmanager
    def open(self) -> Iterator[None]:
        """The context of every use of the queue by Tune's thread. Leaves Tune's loop when the search is closed."""
        with self._lock:
            self.require_open()
            yield

    @property
    def at_a_time(self) -> int:
        """How many orders may run at the same time, now."""
        return self._at_a_time()

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next order; None while Tune must wait for running trials."""
        limit = self.at_a_time
        with self.open():
            if len(self._running) >= limit:
                return None
            order = self._queue.next(trial_id)
            if order is None and self._queue.over:
                return Searcher.FINISHED  # type: ignore[return-value]  # Ray declares a mapping and wants this text
            if order is not None:
                self._running.add(trial_id)
            return order

    def stops(self, trial_id: str, report: Mapping[str, Any]) -> bool:
        """Tune's stop rule, called first with every report. Returns whether the worker has finished its order."""
        with self.open():
            return not self._queue.hear(trial_id, report)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Do nothing: the stop rule has taken the report."""

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Called at the end of an order. Without a last report, the worker is lost."""
        with self.open():
            cause = self._causes.pop(trial_id, "")
            self._running.discard(trial_id)
            if result is None or error:
                self._queue.lost(trial_id, cause)

    def hear_cause(self, trial_id: str, cause: str) -> None:
        """Called with the cause of a worker's death, before `on_trial_complete`."""
        self._causes[trial_id] = cause

    def __getstate__(self) -> dict[str, Any]:
        """Save nothing: Tune pickles its searcher into Ray's folder, and the study's URL may hold a password."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Save nothing in Ray's folder."""

    def restore(self, checkpoint_path: str) -> None:
        """Refuse to restore, because a sweep is resumed from its study. Raises: ValueError."""
        raise ValueError(f"a sweep is resumed from its study, but got {checkpoint_path=}")


class QueueScheduler(FIFOScheduler):
    """Stops no trial. It keeps idle workers, and passes on why a worker died, since Tune calls its scheduler first."""

    def __init__(self, search: QueueSearcher, kept: Mapping[str, float] | None = None, local: bool = False) -> None:
        """
        Args:
            search: hears why workers died.
            kept: the resources of an idle worker that is kept; None: Tune decides.
            local: whether Ray runs on this machine alone, started by this process.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._search, self._kept, self._num_kept = search, kept, 0
        self._takes_started = local

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """Called in every turn of Tune's loop. The first call tells Tune which workers to take and to keep."""
        self._search.require_open()
        more = self._search.at_a_time - self._num_kept
        if self._takes_started:
            take_started_workers(tune_controller)
            self._takes_started = False
        if self._kept is not None and more > 0:
            keep_workers(tune_controller, self._kept, more)
            self._num_kept += more
        return super().choose_trial_to_run(tune_controller)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """Called when a worker was lost or could not begin."""
        del tune_controller
        self._search.hear_cause(trial.trial_id, cause_of(trial))


def cause_of(trial: Any) -> str:
    """Why a worker of Tune died, from the error file that Tune has just written; empty when unknown."""
    try:
        text = Path(trial.error_file).read_text(errors="replace")
    except (OSError, TypeError):
        return ""
    return in_one_line(text)


def tune_queue(name: str, search: QueueSearcher, kept: Mapping[str, float] | None, local: bool) -> None:
    """Train the orders of a queue with Ray Tune until it is over.

    Called in a thread of its own, where Tune installs no signal handler.

    Args:
        name: name of the sweep.
        search: hands out the orders and takes the reports.
        kept: the resources of each idle worker that is kept; None: Tune decides.
        local: whether Ray runs on this machine alone, started by this process.
    """
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(search.at_a_time)  # otherwise one worker starts after the other
    with _scratch() as folder:
        tuner = tune.Tuner(
            tune.with_resources(RTSTrainable, lambda config: tune.PlacementGroupFactory([config["share"]])),
            tune_config=tune.TuneConfig(
                search_alg=search,
                scheduler=QueueScheduler(search, kept, local),
                num_samples=-1,
                reuse_actors=True,
                trial_dirname_creator=lambda trial: str(trial.trial_id),
                trial_name_creator=lambda trial: str(trial.trial_id),
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=str(folder),
                verbose=0,
                stop=search.stops,
                # The checkpoint store holds the states; Ray would ask every trial for another one at its end.
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        tuner.fit()


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a temporary folder for Ray's experiment. Nothing reads it, and it is removed after the run."""
    folder = Path(tempfile.mkdtemp(prefix="rts-search-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
