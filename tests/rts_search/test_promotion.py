"""Trials that were held go on when they belong to the better ones, also in a sweep that is interrupted and resumed."""

from pathlib import Path
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from rts_search.running.scheduler import make_scheduler
from rts_search.running.searcher import StudySearcher
from rts_search.running.watcher import Watcher
from rts_search.study.study import DataFacts, SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sweep_file import load_sweep

EPOCHS, STEPS = 12, 8
PROMOTION = "scheduler={grace_fraction: 0.25, reduction_factor: 2, promotion: true}"
SPACE = "space={radius: {shape: constant, value: {uniform: [0.1, 3.0]}}, timing: {rule: epoch, switch_epoch: 0}}"
SETTINGS = ("search={sampler: tpe, trials: 8}", "baselines=[pugd]", PROMOTION, SPACE)


class Silent(Watcher):
    """Does not look."""


def value(number: int) -> float:
    """Lasting accuracy of a trial."""
    return (number * 5 % 9 + 1) / 10


class Ray:
    """Calls a searcher and a scheduler as Tune does, one trial at a time; a trial is its number and its epochs."""

    def __init__(self, study: SweepStudy) -> None:
        self.study = study
        halving = Halving.of_sweep(study.sweep, 2 * EPOCHS * STEPS, study.trials())
        self.scheduler: Any = make_scheduler(halving)
        self.searcher = StudySearcher(study, self.order, Silent(), halving=halving)
        self.epochs_run = 0

    @staticmethod
    def order(entry: Any) -> dict[str, Any]:
        return {"number": entry.number, "baseline": entry.baseline, "done": len(entry.epochs)}

    def run(self, most_epochs: int = 10**6) -> bool:
        """Run the sweep; False when it was cut off after so many epochs."""
        for name in range(10**6):
            config = self.searcher.suggest(str(name))
            if config == Searcher.FINISHED:
                return True
            assert config is not None
            if not self._trial(str(name), config, most_epochs):
                return False
        raise AssertionError

    def _trial(self, name: str, config: dict[str, Any], most_epochs: int) -> bool:
        trial = type("Trial", (), {"config": config, "trial_id": name})
        for epoch in range(EPOCHS):
            if self.epochs_run == most_epochs:
                return False
            self.epochs_run += epoch >= config["done"]  # what is stored is replayed
            result = self._result(config["number"], epoch)
            if epoch + 1 == EPOCHS or self._stops(name, trial, result):
                self.scheduler.on_trial_complete(None, trial, result)
                self.searcher.on_trial_complete(name, result)
                return True
        raise AssertionError

    def _stops(self, name: str, trial: Any, result: dict[str, Any]) -> bool:
        decision = self.scheduler.on_trial_result(None, trial, result)
        if decision == TrialScheduler.CONTINUE:
            self.searcher.on_trial_result(name, result)
        return bool(decision == TrialScheduler.STOP)

    @staticmethod
    def _result(number: int, epoch: int) -> dict[str, Any]:
        figures = {"key": f"{number}-{epoch}", "provenance": "here", "spent": True, "notes": [], "reason": ""}
        cost = 2 * STEPS * (epoch + 1)
        val_acc = value(number)
        return {**figures, "epoch": epoch, "gradient_evaluations": cost, "val_acc": val_acc, "outcome": "epoch"}


def begun(folder: Path) -> SweepStudy:
    return SweepStudy.create(url(folder), load_sweep("digits", SETTINGS), DataFacts("f", STEPS, 256, 64, 360))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'studies'}.sqlite3"


def lengths(study: SweepStudy) -> dict[int, tuple[str, int]]:
    return {entry.number: (entry.state, len(entry.epochs)) for entry in study.trials()}


def test_half_of_the_trials_go_on_at_every_rung_and_the_best_to_its_end(tmp_path: Path) -> None:
    study = begun(tmp_path)
    assert Ray(study).run()
    found = lengths(study)
    assert found[0] == ("COMPLETE", EPOCHS), "the baseline"
    searched = {number: end for number, end in found.items() if number}
    best = sorted(searched, key=value, reverse=True)
    assert searched[best[0]] == ("COMPLETE", EPOCHS)
    assert [searched[number][0] for number in best[4:]] == ["PRUNED"] * 4
    assert {searched[number][1] for number in best[4:]} == {3}, "a quarter of the dearest trial's cost"
    assert all(epochs > 3 for number in best[:4] for _, epochs in [searched[number]])
    assert study.ended
    assert all(entry.reason.startswith("stopped early by asha") for entry in study.trials() if entry.state == "PRUNED")


@pytest.mark.parametrize("most_epochs", [13, 18, 27, 40])
def test_a_sweep_that_is_cut_off_ends_as_one_that_is_not(tmp_path: Path, most_epochs: int) -> None:
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    for folder in (whole, pieces):
        folder.mkdir()
    uncut = begun(whole)
    ray = Ray(uncut)
    ray.run()
    begun(pieces)
    first = Ray(SweepStudy.load(url(pieces), "digits"))
    assert not first.run(most_epochs)
    second = Ray(SweepStudy.load(url(pieces), "digits"))
    assert second.run()
    assert lengths(second.study) == lengths(uncut)
    assert [entry.config for entry in second.study.trials()] == [entry.config for entry in uncut.trials()]
    assert first.epochs_run + second.epochs_run in (ray.epochs_run, ray.epochs_run + 1), "the epoch in flight"


def test_a_held_trial_is_told_apart_from_one_that_runs(tmp_path: Path) -> None:
    begun(tmp_path)
    Ray(SweepStudy.load(url(tmp_path), "digits")).run(EPOCHS + 3 + 1)
    entries = SweepStudy.load(url(tmp_path), "digits").trials()
    assert [(entry.state, entry.held) for entry in entries] == [
        ("COMPLETE", False),
        ("RUNNING", True),
        ("RUNNING", False),
    ]


def test_a_trial_goes_on_only_after_its_worker_has_let_go_of_it(tmp_path: Path) -> None:
    ray = Ray(begun(tmp_path))
    orders = {name: ray.searcher.suggest(name) for name in "abc"}
    trials = {name: type("Trial", (), {"config": order, "trial_id": name}) for name, order in orders.items()}
    for name in "bc":
        stops = [ray._stops(name, trials[name], ray._result(orders[name]["number"], epoch)) for epoch in range(3)]
        assert stops == [False, False, True]
    assert value(1) > value(2), "the first of the two belongs to the better half by now"
    assert ray.searcher.suggest("d")["number"] == 3, "but its worker still has it"
    ray.searcher.on_trial_complete("b", ray._result(1, 2))
    assert ray.searcher.suggest("e")["number"] == 1
