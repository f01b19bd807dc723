"""Held trials continue when they are promoted, also after the sweep was interrupted and resumed."""

from pathlib import Path
from typing import Any

import pytest

from rts_search.running.trial_queue import TrialQueue
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.running.test_trial_queue import Silent, epoch, report

EPOCHS, STEPS = 12, 8
PROMOTION = "scheduler={grace_fraction: 0.25, reduction_factor: 2, promotion: true}"
SPACE = "space={radius: {shape: constant, value: {uniform: [0.1, 3.0]}}, timing: {rule: epoch, switch_epoch: 0}}"
SETTINGS = ("search={sampler: tpe, trials: 8}", "baselines=[pugd]", PROMOTION, SPACE)


def value(number: int) -> float:
    """Validation accuracy of a trial in every epoch."""
    return (number * 5 % 9 + 1) / 10


class Driver:
    """Runs the orders of a queue, one trial at a time."""

    def __init__(self, study: SweepStudy) -> None:
        self.study = study
        self.halving = Halving.of_sweep(study.sweep, 2 * EPOCHS * STEPS, study.trials())
        self.queue = TrialQueue(study, self.order, Silent(), halving=self.halving)
        self.epochs_run = 0

    @staticmethod
    def order(entry: Any) -> dict[str, Any]:
        return {"number": entry.number, "done": len(entry.epochs)}

    def run(self, most_epochs: int = 10**6) -> bool:
        """Run the sweep; False when `most_epochs` new epochs interrupted it."""
        for name in range(10**6):
            order = self.queue.next(str(name))
            if order is None:
                return True
            if not self._trial(str(name), order, most_epochs):
                return False
        raise AssertionError

    def _trial(self, name: str, order: dict[str, Any], most_epochs: int) -> bool:
        for number in range(EPOCHS):
            if self.epochs_run == most_epochs:
                return False
            self.epochs_run += number >= order["done"]  # recorded epochs are read from the store
            if not self.hear(name, order["number"], number):
                return True
        raise AssertionError

    def hear(self, name: str, trial: int, number: int) -> bool:
        """Report an epoch. Returns whether the trial continues."""
        cost = 2 * STEPS * (number + 1)
        told = epoch(number, key=f"{trial}-{number}", gradient_evaluations=cost, val_acc=value(trial), computed=0)
        return self.queue.hear(name, report(told))


def begun(folder: Path) -> SweepStudy:
    return SweepStudy.create(url(folder), load_sweep("digits", SETTINGS), DataFacts("f", STEPS, 256, 64, 360))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'studies'}.sqlite3"


def lengths(study: SweepStudy) -> dict[int, tuple[str, int]]:
    return {entry.number: (entry.state, len(entry.epochs)) for entry in study.trials()}


def test_half_of_the_trials_go_on_at_every_rung_and_the_best_to_its_end(tmp_path: Path) -> None:
    study = begun(tmp_path)
    assert Driver(study).run()
    found = lengths(study)
    assert found[0] == ("COMPLETE", EPOCHS), "the baseline"
    searched = {number: end for number, end in found.items() if number}
    best = sorted(searched, key=value, reverse=True)
    assert searched[best[0]] == ("COMPLETE", EPOCHS)
    assert [searched[number][0] for number in best[4:]] == ["PRUNED"] * 4
    assert {searched[number][1] for number in best[4:]} == {3}, "a quarter of the cost of the most expensive trial"
    assert all(epochs > 3 for number in best[:4] for _, epochs in [searched[number]])
    assert study.ended
    assert all(entry.reason.startswith("stopped early by asha") for entry in study.trials() if entry.state == "PRUNED")


@pytest.mark.slow
@pytest.mark.parametrize(
    "most_epochs", [18, 27, *(pytest.param(most, marks=pytest.mark.campaign) for most in (13, 40))]
)
def test_a_sweep_that_is_cut_off_ends_as_one_that_is_not(tmp_path: Path, most_epochs: int) -> None:
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    for folder in (whole, pieces):
        folder.mkdir()
    uncut = begun(whole)
    driver = Driver(uncut)
    driver.run()
    begun(pieces)
    first = Driver(SweepStudy.load(url(pieces), "digits"))
    assert not first.run(most_epochs)
    second = Driver(SweepStudy.load(url(pieces), "digits"))
    assert second.run()
    assert lengths(second.study) == lengths(uncut)
    assert [entry.config for entry in second.study.trials()] == [entry.config for entry in uncut.trials()]
    assert first.epochs_run + second.epochs_run in (driver.epochs_run, driver.epochs_run + 1), "one may repeat"


def test_a_held_trial_is_told_apart_from_one_that_runs(tmp_path: Path) -> None:
    begun(tmp_path)
    Driver(SweepStudy.load(url(tmp_path), "digits")).run(EPOCHS + 3 + 1)
    entries = SweepStudy.load(url(tmp_path), "digits").trials()
    assert [(entry.state, entry.held) for entry in entries] == [
        ("COMPLETE", False),
        ("RUNNING", True),
        ("RUNNING", False),
    ]


def test_a_held_trial_goes_on_as_soon_as_a_weaker_one_has_come(tmp_path: Path) -> None:
    driver = Driver(begun(tmp_path))
    for name in "abc":
        driver.queue.next(name)
    assert driver.hear("b", 1, 0)
    for number, name in ((1, "b"), (2, "c")):
        assert [driver.hear(name, number, epoch) for epoch in range(number == 1, 3)][-1] is False
    assert value(1) > value(2), "trial 1 is now in the better half of the two"
    order = driver.queue.next("d")
    assert order is not None
    assert order["number"] == 1


@pytest.mark.slow
def test_a_baseline_is_never_stopped_and_stands_in_no_rung(tmp_path: Path) -> None:
    study = begun(tmp_path)
    driver = Driver(study)
    driver.run()
    assert study.trials()[0].baseline == "pugd"
    assert lengths(study)[0] == ("COMPLETE", EPOCHS)
    halving = Halving.of_sweep(study.sweep, 2 * EPOCHS * STEPS, study.trials())
    assert halving is not None
    assert all(number != 0 for rung in halving.rungs for _, number in rung.ranking)


def test_a_trial_that_diverged_enters_no_further_rung(tmp_path: Path) -> None:
    driver = Driver(begun(tmp_path))
    driver.queue.next("baseline")
    driver.queue.next("a")
    assert driver.hear("a", 1, 0)
    assert not driver.queue.hear("a", report(outcome="diverged"))
    assert driver.study.trial(1).state == "FAIL"
    assert driver.halving is not None
    assert not any(rung.ranking for rung in driver.halving.rungs)
