"""Sweeps in memory whose trials end as a test decides, without training."""

from collections.abc import Callable
from typing import Any

import optuna

from rts_search.study.data_facts import DataFacts
from rts_search.study.first_attributes import first_attributes
from rts_search.study.studies import create_in
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
RADIUS = "space={radius: {shape: constant, value: {uniform: [0.0, 10.0]}}, timing: {rule: epoch, switch_epoch: 0}}"
NUMBERS = (
    "space={radius: {shape: constant, value: {uniform: [0.0, 10.0]}}, scale: {value: {loguniform: [0.1, 10.0]}}, "
    "timing: {rule: epoch, switch_epoch: {integer: [0, 12]}}}"
)

End = Callable[[dict[str, Any]], float | None]
"""Settings of a trial -> its validation accuracy, or None when it diverges."""


def sweep_of(sampler: str, *settings: str, trials: int = 30) -> SweepFile:
    """A sweep without baselines whose trials are never stopped."""
    general = (f"search={{sampler: {sampler}, trials: {trials}}}", "scheduler=none", "baselines=[]")
    return load_sweep("digits", [*general, *settings])


def in_memory(sweep: SweepFile) -> SweepStudy:
    """A study of the sweep that ends with the test."""
    storage = optuna.storages.RDBStorage("sqlite:///:memory:")
    return SweepStudy(create_in(storage, sweep.name, sweep, first_attributes(sweep, FACTS)))


def tell(study: SweepStudy, entry: TrialEntry, val_acc: float | None, cost: int = 8, cause: str = "diverged") -> None:
    """End a trial after one epoch, or as failed for a cause."""
    if val_acc is None:
        study.open_trials.finish(entry.number, "FAIL", f"{cause}: the loss is nan")
        return
    study.open_trials.record_epoch(entry.number, EpochEntry(0, f"key{entry.number}", "here", True, cost, val_acc))
    study.open_trials.finish(entry.number, "COMPLETE")


def drawn(study: SweepStudy, end: End, cause: str = "diverged") -> list[dict[str, Any]]:
    """The settings of all trials; each one ends before the next is drawn."""
    found = []
    for _ in range(study.total):
        entry = study.open_trials.begin()
        assert entry.config is not None
        found.append(entry.config)
        tell(study, entry, end(entry.config), cause=cause)
    return found
