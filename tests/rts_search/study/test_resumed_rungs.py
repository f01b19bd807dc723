"""A resume restores every rung as it was at the interruption: its ranking, and the trials held and passed.

`python -m benchmarks resumes` plays the same 200 times.
"""

from pathlib import Path

import pytest

from benchmarks.resumes import run
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import load_sweep

EPOCHS, COST = 12, 16
PROMOTION = "scheduler={grace_fraction: 0.25, reduction_factor: 2, smoothing_fraction: 0, promotion: true}"
RUNG = 3
"""Epochs of a trial when it reaches the first rung."""


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "promotion"), [(0, True), (1, False)])
def test_after_random_cuts_the_rungs_are_those_of_the_driver(tmp_path: Path, seed: int, promotion: bool) -> None:
    found, study = run(tmp_path, seed, cuts=4, trials=12, promotion=promotion)
    assert found.cuts == 4
    assert found.unequal == 0
    assert found.lost == 0
    assert (found.held > 0) == promotion
    assert study.ended


def entry(number: int, val_acc: float, held: bool = True, passed: int = 0) -> TrialEntry:
    """A trial that reached the first rung and was interrupted there."""
    epochs = [EpochEntry(epoch, "", "", True, COST * (epoch + 1), val_acc) for epoch in range(RUNG)]
    return TrialEntry(number, "RUNNING", {}, "", "", tuple(epochs), held=held, passed=passed)


def refilled(*entries: TrialEntry) -> Halving:
    halving = Halving.of_sweep(load_sweep("digits", [PROMOTION]), EPOCHS * COST, entries)
    assert halving is not None
    return halving


def test_a_held_trial_goes_on_after_a_resume_whatever_its_number() -> None:
    halving = refilled(entry(0, 0.24), entry(1, 0.80), entry(2, 0.50))
    assert halving.promoted(range(3)) == 1, "it was held when it was alone at the rung"
    assert halving.promoted(range(3)) is None
    assert halving.stops(3, RUNG * COST, 0.30)
    assert halving.promoted(range(4)) == 2, "the second of four, and not the one at 0.24"


def test_a_trial_that_has_passed_is_not_judged_again_by_those_who_came_later() -> None:
    better = [entry(number, 0.9) for number in range(1, 5)]
    passed, undecided = (
        refilled(entry(0, 0.1, held=False, passed=RUNG), *better),
        refilled(entry(0, 0.1, False), *better),
    )
    assert not passed.stops(0, RUNG * COST, 0.1)
    assert len(passed.rungs[0].ranking) == 5
    assert len(undecided.rungs[0].ranking) == 4, "nobody has judged it yet"
    assert undecided.stops(0, RUNG * COST, 0.1)
    assert undecided.rungs == refilled(entry(0, 0.1), *better).rungs
