"""Sweeps that are written as if they had been trained, with every state in the store."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rts_search.basics.results_folder import Results
from rts_search.store.cleaning import Cleaning, clean
from rts_search.store.needed_states import Keep
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from tests.trainables.core.history.test_store import EPOCH, RECORD
from trainables.core.history.lineage import epoch_settings, next_key, start_key
from trainables.core.history.store import Store

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)
STATE = b"x" * 968
"""1000 bytes in the store, with its checksum."""
EPOCHS = 8
CommandLine = Callable[..., str]
"""A command line to its exit code, a colon and what it prints."""
SPACE = "space={radius: {shape: cosine, beta_min: [0.1, 0.2], beta_max: 1}, timing: {switch_epoch: [4, 6]}}"


@dataclass
class Swept:
    """A results folder and its sweeps."""

    results: Results

    def __post_init__(self) -> None:
        self.store = Store(self.results.store_url)
        self._clock = time.time() - 10_000

    def sweep(self, name: str, *settings: str) -> SweepStudy:
        general = [f"name={name}", f"training.epochs={EPOCHS}", SPACE, "search={sampler: grid}", "baselines=[sgd]"]
        self.results.require_space()
        return SweepStudy.create(self.results.storage_url, load_sweep("digits", [*general, *settings]), FACTS)

    def train(
        self, study: SweepStudy, epochs: int = EPOCHS, state: str = "COMPLETE", records: bool = False
    ) -> TrialEntry:
        """Write a trial whose accuracy rises up to epoch 4 and then falls; each trial is better than the one before."""
        entry = study.open_trials.begin()
        for epoch, key in enumerate(keys(entry)[:epochs]):
            self._put(key)
            value = (entry.number + min(epoch, 6 - epoch)) / 100
            if records:
                parent = None if epoch == 0 else "here"
                record = replace(RECORD, epoch=epoch, val_acc=value, gradient_evaluations=8 * (epoch + 1))
                self.store.put_epoch(replace(EPOCH, key=key, provenance="here", parent=parent, record=record))
                shared = self.store.epoch(key, "here")  # another trial's, where they have the epoch in common
                assert shared is not None
                value = shared.record.val_acc
            study.open_trials.record_epoch(entry.number, EpochEntry(epoch, key, "here", True, 8 * (epoch + 1), value))
        if state != "RUNNING":
            study.open_trials.finish(entry.number, state)
        return study.trials()[entry.number]

    def _put(self, key: str) -> None:
        self._clock += 1
        if not self.store.has_state(key, "here"):
            self.store.put_state(key, "here", STATE)
            os.utime(Path(self.results.store_url, key[:2], key, "here.state"), (self._clock, self._clock))

    def gc(self, study: SweepStudy, keep: Keep = "branch", limit: int | None = None, dry_run: bool = False) -> Cleaning:
        paths = self.results.sweep(study.name)
        return clean(study, paths, self.results.storage_url, self.store, keep, limit, dry_run)

    def left(self, entry: TrialEntry) -> list[int]:
        """Numbers of epochs after which the trial has a state."""
        return [epoch.epoch + 1 for epoch in entry.epochs if self.store.has_state(epoch.key, epoch.provenance)]


def swept_from(tables: Path, folder: Path) -> Swept:
    """A results folder whose database is a copy of one without studies."""
    results = Results(folder)
    results.require_space()
    shutil.copy(tables, results.database)
    return Swept(results)


def keys(entry: TrialEntry) -> list[str]:
    config = entry.settings
    found = [start_key(config, FACTS.fingerprint)]
    for epoch in range(EPOCHS):
        found.append(next_key(found[-1], epoch_settings(config, epoch, config.timing.switch_epoch)))
    return found[1:]


def all_of(swept: Swept, study: SweepStudy) -> list[TrialEntry]:
    return [swept.train(study) for _ in range(study.total)]
