"""Connect a sweep's queue with Ray Tune: a searcher hands out the orders, and a stop rule takes the reports."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from rts_search.basics.signals import Noted, interrupts_noted
from rts_search.running.executors.beside import RayLost, called_beside
from rts_search.running.executors.ray_internals.tune import keep_workers, take_started_workers, workers_of_lost_ray_left
from rts_search.running.losses import in_one_line
from rts_search.running.trial_queue import TrialQueue
from trainables.ray_trainable import RTSTrainable


class QueueSearcher(Searcher):
    """Gives Tune the orders of the queue. Each trial of Tune is one order; a trial of the sweep may have several."""

    def __init__(self, queue: TrialQueue, concurrent: Callable[[], int] = lambda: sys.maxsize) -> None:
        """`concurrent`: number of orders that may be out at the same time now."""
        super().__init__()
        self._queue, self._concurrent = queue, concurrent
        self._out: set[str] = set()
        self._causes: dict[str, str] = {}

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next order; None while Tune must wait for running trials."""
        if len(self._out) >= self._concurrent():
            return None
        order = self._queue.next(trial_id)
        if order is None and self._queue.over:
            return Searcher.FINISHED  # type: ignore[return-value]  # Ray declares a mapping and wants this text
        if order is not None:
            self._out.add(trial_id)
        return order

    def end(self, cause: str) -> None:
        """End the sweep, since Ray is lost."""
        self._queue.end(f"Ray is lost: {cause}")

    def stops(self, trial_id: str, report: Mapping[str, Any]) -> bool:
        """Tune's stop rule, called first with every report. Returns whether the worker has finished its order."""
        return not self._queue.hear(trial_id, report)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Do nothing: the stop rule has taken the report."""

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Called at the end of an order. Without a last report, the worker is lost."""
        cause = self._causes.pop(trial_id, "")
        self._out.discard(trial_id)
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


class QueueStopRule(Stopper):
    """Stops workers that have finished their orders, and Tune itself after a request to stop."""

    def __init__(self, searcher: QueueSearcher, interrupt: Noted) -> None:
        self._searcher, self._interrupt = searcher, interrupt

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Called with every report. Returns whether the worker has finished its order."""
        return self._searcher.stops(trial_id, result)

    def stop_all(self) -> bool:
        """Called in every turn of Tune's loop. Raises: KeyboardInterrupt, at which Tune waits for no worker."""
        if self._interrupt.is_set():
            raise KeyboardInterrupt
        return False


class QueueScheduler(FIFOScheduler):
    """Stops no trial. It keeps idle workers, and passes on why a worker died, since Tune calls its scheduler first."""

    def __init__(
        self,
        searcher: QueueSearcher,
        kept: Mapping[str, float] | None,
        concurrent: Callable[[], int],
        lost: Callable[[], str],
        local: bool,
    ) -> None:
        """
        Args:
            searcher: hears why workers died.
            kept: the resources of an idle worker that is kept; None: Tune decides.
            concurrent: number of trials that may train at the same time now, and most kept workers.
            lost: why Ray can no longer be used; empty while it can.
            local: whether Ray runs on this machine alone, started by this process.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._searcher, self._kept, self._concurrent, self._lost = searcher, kept, concurrent, lost
        self._takes_started, self._number = local, 0

    def __getstate__(self) -> dict[str, Any]:
        """Save nothing: Tune pickles its scheduler into Ray's folder, and this one looks at the running Ray."""
        return {}

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """Called in every turn of Tune's loop. Tells Tune which workers to take and to keep. Raises: RayLost."""
        if cause := self._lost():
            self._searcher.end(cause)
            raise RayLost(cause)
        if self._takes_started:
            take_started_workers(tune_controller)
            self._takes_started = False
        if (number := self._concurrent()) > self._number:
            tune_controller.update_max_pending_trials(number)
            if self._kept is not None:
                keep_workers(tune_controller, self._kept, number - self._number)
            self._number = number
        return super().choose_trial_to_run(tune_controller)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """Called when a worker was lost or could not begin."""
        del tune_controller
        self._searcher.hear_cause(trial.trial_id, cause_of(trial))


def cause_of(trial: Any) -> str:
    """Why a worker of Tune died, from the error file that Tune has just written; empty when unknown."""
    try:
        text = Path(trial.error_file).read_text(errors="replace")
    except (OSError, TypeError):
        return ""
    return in_one_line(text)


def tune_queue(
    name: str,
    queue: TrialQueue,
    concurrent: Callable[[], int],
    kept: Mapping[str, float] | None,
    lost: Callable[[], str],
    local: bool,
) -> bool:
    """Train the orders of a queue with Ray Tune until it is over. Returns whether a request to stop ended it.

    concurrent: number of trials that may train at the same time now; more when a node has joined the cluster.
    kept: the resources of each idle worker that is kept; None: Tune decides.
    lost: why Ray can no longer be used; empty while it can.
    local: whether Ray runs on this machine alone, started by this process.
    """
    searcher = QueueSearcher(queue, concurrent)
    with interrupts_noted() as interrupt, _scratch() as folder, workers_of_lost_ray_left(lost):
        tuner = tune.Tuner(
            tune.with_resources(RTSTrainable, lambda config: tune.PlacementGroupFactory([config["share"]])),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=QueueScheduler(searcher, kept, concurrent, lost, local),
                num_samples=-1,
                reuse_actors=True,
                trial_dirname_creator=lambda trial: str(trial.trial_id),
                trial_name_creator=lambda trial: str(trial.trial_id),
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=str(folder),
                verbose=0,
                stop=QueueStopRule(searcher, interrupt),
                # The checkpoint store holds the states; Ray would ask every trial for another one at its end.
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        try:
            called_beside(tuner.fit, lost)
        except KeyboardInterrupt:
            return True
        except Exception:
            if cause := lost():
                searcher.end(cause)
            if queue.broken is None:  # else the sweep ends with that error, and this one came of it
                raise
        return interrupt.is_set()


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a temporary folder for Ray's experiment. Nothing reads it, and it is removed after the run."""
    folder = Path(tempfile.mkdtemp(prefix="rts-search-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
