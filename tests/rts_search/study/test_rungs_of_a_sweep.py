"""Trials are stopped early by their cost, baselines never, and the same before and after a resume."""

from dataclasses import dataclass

import pytest

from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import load_sweep

FINAL = "scheduler={grace_fraction: 0.25, reduction_factor: 3, smoothing_fraction: 0, promotion: false}"
EPOCHS, COST = 12, 20
"""Epochs of a trial and its gradient evaluations in each."""


@dataclass
class Curve:
    """A trial whose accuracy grows linearly."""

    number: int
    slope: float

    def entry(self, state: str = "COMPLETE", epochs: int = EPOCHS) -> TrialEntry:
        cells = [EpochEntry(e, "", "", True, COST * (e + 1), self.slope * (e + 1)) for e in range(epochs)]
        return TrialEntry(self.number, state, {}, "", "", tuple(cells))

    def run(self, halving: Halving, start: int = 0) -> int:
        """Number of epochs that the trial gets."""
        for epoch in range(start, EPOCHS):
            cost, val_acc = COST * (epoch + 1), self.slope * (epoch + 1)
            if epoch + 1 == EPOCHS:
                halving.completes(self.number, cost, val_acc)
            elif not halving.stops(self.number, cost, val_acc):
                continue
            return epoch + 1
        raise AssertionError


def scheduler(*ended: TrialEntry) -> Halving:
    made = Halving.of_sweep(load_sweep("digits", [FINAL]), EPOCHS * COST, ended)
    assert made is not None
    return made


SLOPES = [0.05, 0.04, 0.06, 0.01, 0.055, 0.02, 0.07, 0.03]


def test_the_weak_stop_at_the_rungs_and_the_strong_go_on() -> None:
    asha = scheduler()
    lived = [Curve(number, slope).run(asha) for number, slope in enumerate(SLOPES)]
    assert lived[0] == lived[6] == EPOCHS
    assert set(lived) <= {3, 9, EPOCHS}, "a quarter of the dearest trial's cost, and three times as far"
    assert lived[3] == lived[5] == 3


@pytest.mark.parametrize("told", range(1, len(SLOPES)))
def test_a_scheduler_filled_from_the_study_decides_as_one_that_saw_it_all(told: int) -> None:
    live = scheduler()
    curves = [Curve(number, slope) for number, slope in enumerate(SLOPES)]
    lived = [curve.run(live) for curve in curves]
    ended = [
        curve.entry("COMPLETE" if epochs == EPOCHS else "PRUNED", epochs)
        for curve, epochs in zip(curves[:told], lived, strict=False)
    ]
    refilled = scheduler(*ended)
    assert [curve.run(refilled) for curve in curves[told:]] == lived[told:]


def test_an_unfinished_trial_is_not_judged_again_at_a_rung_that_it_has_passed() -> None:
    weak, strong = Curve(0, 0.01), [Curve(number, 0.07) for number in range(1, 9)]
    ended = [curve.entry() for curve in strong]
    assert weak.run(scheduler(weak.entry("RUNNING", 5), *ended)) == 9, "the rung at epoch 3 is behind it"
    assert weak.run(scheduler(weak.entry("RUNNING", 3), *ended)) == 3, "nobody judged it at epoch 3"


def test_without_a_scheduler_no_trial_is_judged() -> None:
    assert Halving.of_sweep(load_sweep("digits", ["scheduler=none"]), EPOCHS * COST) is None
