"""Seconds of a trial besides its training: 20 trials of one epoch on 32 images, with the executors ray and inline."""

import json
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from rts_search.operations.data_check import look_at_data
from rts_search.running.executors import Executor
from rts_search.running.executors.inline import InlineExecutor
from rts_search.running.executors.ray import RayExecutor
from rts_search.running.sweep_run import run_sweep
from rts_search.running.watcher import Watcher
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep

TRIALS = 20
RUNS = 3
SETTINGS = (
    "training.epochs=1",
    "dataset.num_train=32",
    "space={radius: {shape: constant, value: {uniform: [0.1, 2.0]}}}",
    "search={sampler: random, trials: 20}",
    "scheduler=none",
    "baselines=[]",
)


class Silent(Watcher):
    """A watcher that shows nothing."""


def once(executor: Executor) -> float:
    """Run the sweep in an empty folder. Returns the seconds until its tables are written. The executor has started."""
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        began = time.perf_counter()
        sweep = load_sweep("digits", SETTINGS)
        facts = look_at_data(sweep.dataset, sweep.training.batch_size, sweep.name)
        study = SweepStudy.create(results.storage_url, sweep, facts)
        run_sweep(study, results.store_url, facts.steps_per_epoch, Silent(), executor)
        tables = Tables(study, results.store_url)
        tables.write(results.sweep(sweep.name))
        seconds = time.perf_counter() - began
        complete = sum(entry.completed for entry in tables.entries)
        if complete != TRIALS:
            raise ValueError(f"all {TRIALS} trials must complete, but got {complete=}")
        return seconds


def main() -> None:
    """Measure both executors in turns, and print a JSON line for each and their ratio."""
    executors: dict[str, Executor] = {"ray": RayExecutor(None, verbose=False), "inline": InlineExecutor()}
    times: dict[str, list[float]] = {name: [] for name in executors}
    with executors["ray"].started(), executors["inline"].started():
        once(executors["ray"])  # warm-up: the first run also starts the worker pool and reads torch from disk
        for _ in range(RUNS):
            for name, executor in executors.items():
                times[name].append(once(executor))
    device = f"{platform.machine()} CPU"
    versions = {name: version(name) for name in ("ray", "optuna", "torch")}
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        line = {"benchmark": "turnover", "executor": name, "trials": TRIALS, "n": RUNS}
        seconds = {"median_seconds": round(medians[name], 2), "all_seconds": [round(value, 2) for value in values]}
        print(json.dumps({**line, **seconds, "device": device, **versions}))
    print(f"on Ray, two at a time, it takes {medians['ray'] / medians['inline']:.1f} times as long as inline")
