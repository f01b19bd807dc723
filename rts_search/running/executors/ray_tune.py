"""Connect a sweep's queue with Ray Tune: a searcher hands out the orders, and a stop rule takes the reports."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from rts_search.basics.signals import Noted, interrupts_noted
from rts_search.running.executors.ray_internals import keep_workers, take_started_workers
from rts_search.running.losses import in_one_line
from rts_search.running.trial_queue import TrialQueue
from trainables.ray_trainable import RTSTrainable


class QueueSearcher(Searcher):
    """Gives Tune the orders of the queue. Each trial of Tune is one order; a trial of the sweep may have several."""

    def __init__(self, queue: TrialQueue) -> None:
        super().__init__()
        self._queue = queue
        self._causes: dict[str, str] = {}

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next order; None while Tune must wait for running trials."""
        order = self._queue.next(trial_id)
        if order is None and self._queue.over:
            return Searcher.FINISHED  # type: ignore[return-value]  # Ray declares a mapping and wants this text
        return order

    def stops(self, trial_id: str, report: Mapping[str, Any]) -> bool:
        """Tune's stop rule, called first with every report. Returns whether the worker has finished its order."""
        return not self._queue.hear(trial_id, report)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Do nothing: the stop rule has taken the report."""

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Called at the end of an order. Without a last report, the worker is lost."""
        cause = self._causes.pop(trial_id, "")
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
        self, searcher: QueueSearcher, kept: Mapping[str, float] | None = None, number: int = 0, local: bool = False
    ) -> None:
        """
        Args:
            searcher: hears why workers died.
            kept: the resources of an idle worker that is kept; None: Tune decides.
            number: most kept workers.
            local: whether Ray runs on this machine alone, started by this process.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._searcher, self._kept, self._number = searcher, kept, number
        self._takes_started = local

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """Called in every turn of Tune's loop. The first call tells Tune which workers to take and to keep."""
        if self._takes_started:
            take_started_workers(tune_controller)
            self._takes_started = False
        if self._kept is not None:
            keep_workers(tune_controller, self._kept, self._number)
            self._kept = None
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


def tune_queue(name: str, queue: TrialQueue, concurrent: int, kept: Mapping[str, float] | None, local: bool) -> bool:
    """Train the orders of a queue with Ray Tune until it is over. Returns whether a request to stop ended it.

    kept: the resources of each idle worker that is kept; None: Tune decides.
    local: whether Ray runs on this machine alone, started by this process.
    """
    searcher = QueueSearcher(queue)
    with interrupts_noted() as interrupt, _scratch() as folder:
        tuner = tune.Tuner(
            tune.with_resources(RTSTrainable, lambda config: tune.PlacementGroupFactory([config["share"]])),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=QueueScheduler(searcher, kept, concurrent, local),
                num_samples=-1,
                max_concurrent_trials=concurrent,
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
            tuner.fit()
        except KeyboardInterrupt:
            return True
        except Exception:
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
