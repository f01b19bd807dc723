"""A sweep's queue as Ray Tune sees it: a searcher that hands out orders, and a stop rule that takes reports."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

from rts_search.running.executors.ray_internals import keep_workers
from rts_search.running.losses import in_one_line
from rts_search.running.trial_queue import TrialQueue
from trainables.ray_trainable import RTSTrainable


class QueueSearcher(Searcher):
    """Asks the queue for the next order. Tune's trials are one order each; a trial of the sweep may have several."""

    def __init__(self, queue: TrialQueue) -> None:
        super().__init__()
        self._queue = queue
        self._causes: dict[str, str] = {}

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next order; None while only the end of running ones is awaited."""
        order = self._queue.next(trial_id)
        if order is None and self._queue.over:
            return Searcher.FINISHED  # type: ignore[return-value]  # Ray declares a mapping and wants this text
        return order

    def stops(self, trial_id: str, report: Mapping[str, Any]) -> bool:
        """Tune's stop rule, called first with every report: whether the worker is done with its order."""
        return not self._queue.hear(trial_id, report)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """The stop rule has taken the report."""

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """The stop rule has taken the last report; without one the worker is lost."""
        cause = self._causes.pop(trial_id, "")
        if result is None or error:
            self._queue.lost(trial_id, cause)

    def hear_cause(self, trial_id: str, cause: str) -> None:
        """Called with what a worker died of, before `on_trial_complete`."""
        self._causes[trial_id] = cause

    def __getstate__(self) -> dict[str, Any]:
        """Tune pickles its searcher into Ray's folder: the study, its URL and password must not be in it."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Nothing of the sweep is kept in Ray's folder."""

    def restore(self, checkpoint_path: str) -> None:
        """A sweep is resumed from its study, never from Ray's folder."""
        raise ValueError(f"a sweep is resumed from its study, but got {checkpoint_path=}")


class QueueScheduler(FIFOScheduler):
    """Stops no trial. It keeps workers, and passes on what they died of, since Tune calls its scheduler first."""

    def __init__(self, searcher: QueueSearcher, kept: Mapping[str, float] | None = None, number: int = 0) -> None:
        """`kept`: the share of resources of the workers that are kept while they are idle, `number` at most."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._searcher, self._kept, self._number = searcher, kept, number

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """Called in every turn of Tune's loop."""
        if self._kept is not None:
            keep_workers(tune_controller, self._kept, self._number)
            self._kept = None
        return super().choose_trial_to_run(tune_controller)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker is lost, or cannot begin."""
        del tune_controller
        self._searcher.hear_cause(trial.trial_id, cause_of(trial))


def cause_of(trial: Any) -> str:
    """What a trial of Tune died of, from the file that Tune has just written; empty when nothing is known."""
    try:
        text = Path(trial.error_file).read_text(errors="replace")
    except (OSError, TypeError):
        return ""
    return in_one_line(text)


def tune_queue(name: str, queue: TrialQueue, concurrent: int, kept: Mapping[str, float] | None) -> bool:
    """Let Ray Tune train what the queue hands out until it is over; whether SIGINT ended it.

    kept: the share of resources of workers that are kept while they are idle; None: Tune decides.
    """
    searcher = QueueSearcher(queue)
    with _scratch() as folder:
        tuner = tune.Tuner(
            tune.with_resources(RTSTrainable, lambda config: tune.PlacementGroupFactory([config["share"]])),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=QueueScheduler(searcher, kept, concurrent),
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
                stop=searcher.stops,
                # States are the store's; Ray would ask every trial for one more at its end.
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        before = last = signal.getsignal(signal.SIGINT)
        try:
            tuner.fit()
        finally:
            last = signal.signal(signal.SIGINT, before)
        # Tune takes SIGINT for itself: it gives it back when it is interrupted, and keeps it after its end else.
        return last is before


@contextmanager
def _scratch() -> Iterator[Path]:
    """Ray's experiment folder, which nothing reads: it is removed after the run."""
    folder = Path(tempfile.mkdtemp(prefix="rts-search-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
