"""Measure on this machine or cluster the times and sizes that a sweep's forecast needs."""

import itertools
import shutil
import statistics
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.running.executors.executor import Executor, WorkerError
from rts_search.running.sweep_run import run_sweep
from rts_search.running.watcher import Watcher
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import SweepFile, baseline_config
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.lineage import steps_per_epoch
from trainables.core.history.store import Store
from trainables.core.training.gauge import Gauge, Measured

MEASURING_SECONDS = 4.0
REHEARSAL_EPOCHS = 8
LEAST_TURNOVERS = 6
"""Least number of rehearsal trials that begin on a worker after another trial."""


@dataclass(frozen=True)
class Probe:
    """The measured costs of a trial, while as many trials train as in the real sweep."""

    measured: Measured
    machine: str
    """Id of the machines, as in the provenance of an epoch."""
    start_seconds: float
    """Seconds to start a worker that can train."""


def probe(sweep: SweepFile, concurrent: int, results: Results, executor: Executor) -> Probe:
    """Train a few steps in `concurrent` workers at the same time. Raises: UserError when this fails."""
    config = baseline_config(sweep, BaselineConfig(name="pugd")).to_dict()
    resources, folder = sweep.resources, results.folder / f".plan-{uuid.uuid4().hex}"
    arguments = (config, max(1, int(resources.cpus)), resources.gpus > 0)
    share = {"CPU": resources.cpus, "GPU": resources.gpus}
    began = time.perf_counter()
    try:
        with executor.crew(Gauge, arguments, concurrent, share) as gauges:
            machines = gauges.call("prepare")
            start = time.perf_counter() - began
            found = gauges.call("measure", MEASURING_SECONDS, str(folder))
    except WorkerError as error:
        raise UserError(
            f"{sweep.name}: a few steps must be trained to measure them, but they failed: {error}"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Probe(Measured(**_medians(found)), machines[0], start)


def _medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
    whole = ("state_bytes", "memory_bytes", "gpu_memory_bytes", "rounds")
    return {name: int(value) if name in whole else value for name, value in medians.items()}


@dataclass(frozen=True)
class Overheads:
    """The seconds that Ray, the driver and the study need besides the training."""

    start_seconds: float
    """From the start of the sweep to the first training step."""
    epoch_seconds: float
    """For every epoch, with writing its record."""
    trial_seconds: float
    """Between two trials on the same worker, without their epochs."""


@dataclass
class _Stopwatch(Watcher):
    """Records when each trial began and when each epoch was reported."""

    began: dict[int, float] = field(default_factory=dict)
    epochs: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def started(self, *_: object) -> None:
        return

    def trial_began(self, entry: TrialEntry) -> None:
        self.began[entry.number] = time.perf_counter()

    def epoch_done(self, entry: TrialEntry, *_: object) -> None:
        self.epochs[entry.number].append(time.perf_counter())

    def trial_lost(self, *_: object) -> None:
        return

    def trial_held(self, *_: object) -> None:
        return

    def trial_ended(self, *_: object) -> None:
        return

    def note(self, line: str) -> None:
        del line

    def phase(self, doing: str) -> None:
        del doing


def rehearse(sweep: SweepFile, concurrent: int, results: Results, executor: Executor) -> Overheads:
    """Run a sweep of tiny trials, as many at a time as in the real sweep, and measure the times."""
    folder = Results(results.folder / f".plan-{uuid.uuid4().hex}")
    tiny = load_sweep(
        "digits",
        [
            f"training.epochs={REHEARSAL_EPOCHS}",
            "dataset.num_train=32",
            "space={radius: {value: {uniform: [0.1, 2.0]}}}",
            f"search={{sampler: random, trials: {concurrent + max(concurrent, LEAST_TURNOVERS)}}}",
            "scheduler=none",
            "baselines=[]",
            "store.state_every_seconds=1e9",
        ],
    ).model_copy(update={"resources": sweep.resources})
    steps = steps_per_epoch(32, tiny.training.batch_size)
    watch = _Stopwatch()
    try:
        folder.require_space()
        study = SweepStudy.create(folder.storage_url, tiny, DataFacts("", steps, 32, 0, 0))
        began = time.perf_counter()
        run_sweep(study, folder.store_url, steps, watch, executor)
        return _overheads(began, watch, concurrent, _training_seconds(study, Store(folder.store_url)))
    finally:
        shutil.rmtree(folder.folder, ignore_errors=True)


def _training_seconds(study: SweepStudy, store: Store) -> float:
    """Median seconds of an epoch's training and validation."""
    records = [store.epoch(epoch.key, epoch.provenance) for entry in study.trials() for epoch in entry.epochs]
    return statistics.median(stored.record.seconds for stored in records if stored is not None)


def _overheads(began: float, watch: _Stopwatch, concurrent: int, training: float) -> Overheads:
    gaps = [later - earlier for one in watch.epochs.values() for earlier, later in itertools.pairwise(one)]
    each = max(0.0, statistics.median(gaps) - training)
    firsts = {number: times[0] for number, times in watch.epochs.items()}
    # The first trial of every worker also waits for the process to start, so it is left out.
    turnovers = [first - watch.began[number] for number, first in firsts.items() if number >= concurrent]
    turnover = statistics.median(turnovers) - training - each
    start = max(first for number, first in firsts.items() if number < concurrent) - began - training - each
    return Overheads(max(0.0, start), each, max(0.0, turnover))
