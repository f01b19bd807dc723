"""Measuring on the cluster at hand what a sweep's forecast rests on."""

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
"""Trials of a rehearsal that follow others on the same worker, at least."""


@dataclass(frozen=True)
class Probe:
    """What was measured of a trial while as many of them trained as will train at a time."""

    measured: Measured
    machine: str
    """Id of the machines, as provenances have it."""
    start_seconds: float
    """From nothing to a worker that trains."""


def probe(sweep: SweepFile, concurrent: int, results: Results, executor: Executor) -> Probe:
    """Train a few steps in so many workers at once. Raises: UserError when they cannot."""
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
        raise UserError(f"{sweep.name}: a few steps could not be trained: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Probe(Measured(**_medians(found)), machines[0], start)


def _medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
    whole = ("state_bytes", "memory_bytes", "gpu_memory_bytes", "rounds")
    return {name: int(value) if name in whole else value for name, value in medians.items()}


@dataclass(frozen=True)
class Overheads:
    """What Ray, the driver and the study take besides the training."""

    start_seconds: float
    """Until the first trial trains."""
    epoch_seconds: float
    """Of every epoch, with the record that is written."""
    trial_seconds: float
    """Between two trials on the same worker, besides the epochs."""


@dataclass
class _Stopwatch(Watcher):
    """Notes when trials began and epochs were told."""

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
    """Run a sweep of tiny trials, as many at a time as the real one will have, and look at the clock."""
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
    """Median time of an epoch's training and validation."""
    records = [store.epoch(epoch.key, epoch.provenance) for entry in study.trials() for epoch in entry.epochs]
    return statistics.median(stored.record.seconds for stored in records if stored is not None)


def _overheads(began: float, watch: _Stopwatch, concurrent: int, training: float) -> Overheads:
    gaps = [later - earlier for told in watch.epochs.values() for earlier, later in itertools.pairwise(told)]
    each = max(0.0, statistics.median(gaps) - training)
    firsts = {number: told[0] for number, told in watch.epochs.items()}
    # The first on every worker wait for its process.
    turnovers = [first - watch.began[number] for number, first in firsts.items() if number >= concurrent]
    turnover = statistics.median(turnovers) - training - each
    start = max(first for number, first in firsts.items() if number < concurrent) - began - training - each
    return Overheads(max(0.0, start), each, max(0.0, turnover))
