"""Milliseconds and memory of the driver in a sweep of 10,000 trials: queue, early stopping, study and store.

Nothing is trained: accuracies are random numbers. Compares the time per trial at 1,000 trials with that at the end.
"""

import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import device_facts
from rts_search.analysis.best_config import best_export
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from rts_search.running.trial_queue import TrialQueue
from rts_search.running.watcher import Watcher
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.record import EpochRecord, StoredEpoch
from trainables.core.history.store import Store

TRIALS, BATCH = 10_000, 1_000
EPOCHS, STEPS = 4, 8
SETTINGS = (
    f"training.epochs={EPOCHS}",
    f"search={{sampler: random, trials: {TRIALS}}}",
    "baselines=[]",
    "space=radius",
)


class Silent(Watcher):
    """A watcher that shows nothing."""


def record(epoch: int, val_acc: float) -> EpochRecord:
    """Return the record of one PUGD epoch with this accuracy."""
    losses = {"train_loss": 1.0, "train_acc": 0.5, "val_loss": 1.0, "val_acc": val_acc}
    settings = {"epoch": epoch, "phase": "pugd", "radius": 1.0, "scale": 1.0, "learning_rate": 0.1}
    return EpochRecord(**settings, **losses, grad_norm=1.0, gradient_evaluations=2 * STEPS * (epoch + 1), seconds=1.0)


class Driver:
    """Takes trials from the sweep's queue, reports made-up epochs, and writes to the store as a worker does."""

    def __init__(self, study: SweepStudy, store: Store) -> None:
        """Start the sweep."""
        halving = Halving.of_sweep(study.sweep, 2 * EPOCHS * STEPS)
        self._queue = TrialQueue(study, self._order, Silent(), study.total, halving)
        self._store = store

    @staticmethod
    def _order(entry: TrialEntry) -> dict[str, Any]:
        return {"number": entry.number, "done": len(entry.epochs)}

    def trials(self) -> Iterator[float]:
        """Run the sweep. Yields the time after every turn of a trial."""
        turn = 0
        while (order := self._queue.next(str(turn))) is not None:
            self._run(str(turn), order)
            yield time.perf_counter()
            turn += 1

    def _run(self, turn: str, order: dict[str, Any]) -> None:
        number = order["number"]
        draw = random.Random(number)
        accuracies = [draw.random() for _ in range(EPOCHS)]
        for epoch in range(order["done"], EPOCHS):
            key = f"{number:032x}{epoch:032x}"
            stored = StoredEpoch(
                key, "simulated", "", f"{number}", record(epoch, accuracies[epoch]), (1.0,) * STEPS, {}
            )
            self._store.put_epoch(stored)
            told = {"epoch": epoch, "val_acc": accuracies[epoch], "computed": 0, "notes": [], "key": key}
            told |= {"provenance": "simulated", "spent": True}
            told |= {"gradient_evaluations": stored.record.gradient_evaluations}
            if not self._queue.hear(turn, {"epochs": [told], "outcome": "epoch", "reason": "", "computed": 0}):
                return


def memory() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Run the sweep once, with its first tenth as warm-up, and print one JSON line."""
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        sweep = load_sweep("digits", SETTINGS)
        study = SweepStudy.create(results.storage_url, sweep, DataFacts("simulated", STEPS, 256, 64, 360))
        clock, held = [time.perf_counter()], [memory()]
        for now in Driver(study, Store(results.store_url)).trials():
            clock.append(now)
            if len(clock) % BATCH == 0:
                held.append(memory())
        began = time.perf_counter()
        tables = Tables(SweepStudy.load(results.storage_url, sweep.name), results.store_url)
        tables.write(results.sweep(sweep.name))
        best_export(study, tables)
        table_seconds = time.perf_counter() - began
    turns = [1000 * (after - before) for before, after in pairwise(clock)]
    early, late = (statistics.median(some) for some in (turns[BATCH // 2 : BATCH * 3 // 2], turns[-BATCH:]))
    facts = {
        "benchmark": "study",
        "trials": len(tables.entries),
        "turns": len(turns),
        "epochs": sum(len(entry.epochs) for entry in tables.entries),
        "ms_a_turn_at_1000": round(early, 2),
        "ms_a_turn_at_the_end": round(late, 2),
        "ratio": round(late / early, 2),
        "mb_per_1000_trials": round((held[-1] - held[1]) / (len(held) - 2), 1),
        "table_and_export_seconds": round(table_seconds, 2),
        **device_facts("cpu", torch.get_num_threads()),
    }
    print(json.dumps(facts))
