"""Epochs that trials share are trained once: a trial that needs them waits until they are trained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from rts_search.running.trial_queue import TrialQueue
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.running.test_trial_queue import Silent, report
from trainables.core.history.lineage import foreseen, start_key

DATA = DataFacts("f", 1, 256, 64, 360)
RADII = "radius: {value: [0.25, 0.5, 1.0, 2.0]}"
GAP = "timing: {rule: generalization_gap, base_epochs: 1, ratio: 2.0, period: 1}"


def sweep_of(folder: Path, timing: str, *settings: str) -> SweepStudy:
    values = (f"space={{{RADII}, {timing}}}", "search={sampler: grid}", "baselines=[]", *settings)
    return SweepStudy.create(f"sqlite:///{folder / 's.sqlite3'}", load_sweep("digits", values), DATA)


@dataclass
class Running:
    """A running trial."""

    number: int
    keys: list[str]
    switch: int
    epoch: int = 0


class Workers:
    """Runs the orders of a queue. In each turn every trial trains one new epoch and reads stored ones at once."""

    def __init__(self, study: SweepStudy, number: int, switch: int | None = None) -> None:
        """`switch`: the epoch in which PUGD starts, for a rule that decides by the data."""
        self._queue = TrialQueue(study, lambda entry: {"entry": entry}, Silent(), look_ahead=study.total)
        self._number, self._switch = number, switch
        self._running: dict[str, Running] = {}
        self._trained: set[str] = set()
        self.order: list[int] = []
        self.spent = 0
        """Cost in epochs of SGD. An epoch of PUGD counts twice."""
        self.turns: list[int] = []
        """Number of running trials in each turn."""

    def run(self) -> "Workers":
        """Run until every trial has ended."""
        while not self._queue.finished:
            while len(self._running) < self._number and self._start():
                pass
            self.turns.append(len(self._running))
            # If two trials train the same epoch in one turn, it is counted twice.
            before = frozenset(self._trained)
            for name, trial in list(self._running.items()):
                self._advance(name, trial, before)
        return self

    def _start(self) -> bool:
        name = f"t{len(self.order)}"
        order = self._queue.next(name)
        if order is None:
            return False
        entry: TrialEntry = order["entry"]
        config = entry.settings
        switch = self._switch if config.timing.switch_epoch is None else config.timing.switch_epoch
        assert switch is not None
        keys = [key for key, _ in foreseen(config, start_key(config, DATA.fingerprint), switch)]
        self._running[name] = Running(entry.number, keys, switch)
        self.order.append(entry.number)
        return True

    def _advance(self, name: str, trial: Running, before: frozenset[str]) -> None:
        fresh = False
        while not fresh and name in self._running:
            key = trial.keys[trial.epoch]
            fresh = key not in before
            self.spent += fresh * (1 if trial.epoch < trial.switch else 2)
            self._trained.add(key)
            told: dict[str, Any] = {"epoch": trial.epoch, "val_acc": 0.5, "computed": 0, "notes": []}
            told |= {"key": key, "provenance": "here", "spent": fresh, "gradient_evaluations": 1}
            trial.epoch += 1
            if not self._queue.hear(name, report(told)):
                del self._running[name]


LATE, EVERYWHERE = ([30, 32, 34, 36, 38], 278), ([0, 8, 16, 24, 32, 36], 1028)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switches", "spent", "workers"),
    [(*LATE, 5), *(pytest.param(*one, marks=pytest.mark.campaign) for one in ((*LATE, 1), (*EVERYWHERE, 3)))],
)
def test_however_many_train_at_a_time_every_epoch_is_trained_once(
    tmp_path: Path, switches: list[int], spent: int, workers: int
) -> None:
    study = sweep_of(tmp_path, f"timing: {{rule: epoch, switch_epoch: {switches}}}", "training.epochs=40")
    done = Workers(study, workers).run()
    assert done.spent == spent
    assert sorted(done.order) == list(range(len(study.trials()))), "each once"
    assert {entry.state for entry in study.trials()} == {"COMPLETE"}


def test_a_trial_that_would_wait_lets_others_go_first(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {rule: epoch, switch_epoch: [4, 0]}", "training.epochs=6")
    done = Workers(study, 2).run()
    assert done.order[:2] == [0, 1], "radius 0.25 from epoch 4, and from epoch 0"
    assert done.turns == sorted(done.turns, reverse=True), "no worker is idle while trials are left"


@pytest.mark.slow
def test_trials_wait_when_nothing_else_is_left(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {rule: epoch, switch_epoch: 4}", "training.epochs=6")
    done = Workers(study, 4).run()
    assert done.turns == [1] * 4 + [4] * 2
    assert done.spent == 4 + 4 * 2 * 2


def test_a_start_that_the_data_decides_is_shared_up_to_there(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, GAP, "training.epochs=8")
    done = Workers(study, 4, switch=5).run()
    assert done.spent == 5 + 4 * 3 * 2
    assert done.turns[-1] == 3, "the others continue when the first trial has trained the shared epochs"


def test_without_sharing_nobody_waits(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {rule: epoch, switch_epoch: 4}", "training.epochs=6", "store.sharing='off'")
    assert Workers(study, 4).run().turns == [4] * 6


def test_a_trial_that_ends_early_leaves_its_epochs_to_the_next(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {rule: epoch, switch_epoch: 4}", "training.epochs=6")
    queue = TrialQueue(study, lambda entry: {"number": entry.number}, Silent(), look_ahead=study.total)
    assert queue.next("a") == {"number": 0}
    assert queue.next("b") is None
    queue.lost("a")
    assert queue.next("b") is not None


def test_a_trial_whose_weights_are_gone_is_handed_out_all_the_same(tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    torch.save({}, weights)
    again = ("search.repeats=reseed", f"model={{name: small, pretrained: '{weights}'}}")
    study = sweep_of(tmp_path, "timing: {switch_epoch: 12}", *again)
    queue = TrialQueue(study, lambda entry: {"number": entry.number}, Silent(), look_ahead=study.total)
    assert queue.next("a") == {"number": 0}
    weights.unlink()
    assert queue.next("b") == {"number": 1}, "with another seed, whose first state has no address without the weights"
