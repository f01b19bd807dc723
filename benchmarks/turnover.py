"""Seconds of a trial besides its training: 20 trials of one epoch on 32 images, with and without reused Ray actors."""

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
from rts_search.running.cluster import ray_running
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


def once(reuse_actors: bool) -> float:
    """Run the sweep in an empty folder. Returns the seconds until its tables are written. Ray must be running."""
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        began = time.perf_counter()
        sweep = load_sweep("digits", SETTINGS)
        facts = look_at_data(sweep.dataset, sweep.training.batch_size, sweep.name)
        study = SweepStudy.create(results.storage_url, sweep, facts)
        run_sweep(study, results.store_url, facts.steps_per_epoch, Silent(), reuse_actors)
        tables = Tables(study, results.store_url)
        tables.write(results.sweep(sweep.name))
        seconds = time.perf_counter() - began
        complete = sum(entry.state == "COMPLETE" for entry in tables.entries)
        if complete != TRIALS:
            raise ValueError(f"all {TRIALS} trials must complete, but got {complete=}")
        return seconds


def main() -> None:
    """Measure both in turns, and print a JSON line for each and their ratio."""
    times: dict[bool, list[float]] = {True: [], False: []}
    with ray_running(None, verbose=False):
        once(reuse_actors=True)  # warm-up, since the first run also starts the workers and reads torch from disk
        for _ in range(RUNS):
            for reuse in (True, False):
                times[reuse].append(once(reuse))
    device = f"{platform.machine()} CPU"
    versions = {name: version(name) for name in ("ray", "optuna", "torch")}
    medians = {reuse: statistics.median(values) for reuse, values in times.items()}
    for reuse, values in times.items():
        line = {"benchmark": "turnover", "reuse_actors": reuse, "trials": TRIALS, "n": RUNS}
        seconds = {"median_seconds": round(medians[reuse], 2), "all_seconds": [round(value, 2) for value in values]}
        print(json.dumps({**line, **seconds, "device": device, **versions}))
    print(f"fresh actors take {medians[False] / medians[True]:.1f} times as long as reused ones")
