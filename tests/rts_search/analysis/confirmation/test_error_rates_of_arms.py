"""How often equal methods are called different after both were tuned, and how often unequal ones are found.

A small version of `python -m benchmarks arms`, which simulates 400 sweeps of every kind.
"""

import numpy as np
import pytest

from benchmarks.arms.measurement import FLAT, SHARP, TOO_SMALL, Found, Setting, measure, rates
from benchmarks.arms.tuning import EPOCHS, TRIALS, Tuning
from rts_search.study.looks import ALPHA

SWEEPS = 20


def test_an_arm_is_tuned_with_the_trials_it_was_given_and_its_weak_trials_are_stopped() -> None:
    tuning = Tuning(SHARP, "random", 1, np.random.default_rng(0))
    best = tuning.best(3).means
    assert len(tuning.means) == TRIALS
    assert best[0] > np.mean(tuning.means), "the best are chosen by what they reached"
    assert all(len(curve) == EPOCHS for curve in tuning.values)


def test_the_rates_tell_claims_that_are_false_for_the_finalists() -> None:
    facts = rates([Found("better", 0.1), Found("better", -0.1), Found("worse", -0.1), Found("not established", 0.0)])
    assert (facts["beats"], facts["beats_false_for_the_finalists"]) == (0.5, 0.25)
    assert (facts["is_behind"], facts["is_behind_false_for_the_finalists"]) == (0.25, 0.0)


@pytest.mark.campaign  # a simulation of rates; test_error_rates.py plays the same rule without tuning
def test_two_names_of_one_method_are_rarely_called_different() -> None:
    facts = measure(Setting("equal", FLAT, FLAT), SWEEPS)
    most = ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / SWEEPS)
    assert facts["beats"] <= most
    assert facts["is_behind"] <= most


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rts", "rival", "claim"),
    [
        (SHARP, TOO_SMALL, "beats"),
        pytest.param(TOO_SMALL, SHARP, "is_behind", marks=pytest.mark.campaign),
    ],
)
def test_a_method_whose_learning_rates_are_30_times_too_small_is_found(rts: object, rival: object, claim: str) -> None:
    assert measure(Setting("unequal", rts, rival), SWEEPS)[claim] >= 0.9  # type: ignore[arg-type]
