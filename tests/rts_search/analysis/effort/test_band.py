"""The band of the expected best covers it in about 95 % of arms, of which the truth is known by simulation."""

from dataclasses import replace

import numpy as np
import pytest

from rts_search.analysis.effort.band import expected_best_band
from rts_search.analysis.effort.censoring import TunedTrial
from tests.rts_search.analysis.effort.simulated import (
    accuracies,
    completed,
    courses,
    covered,
    stopped_early,
    true_best,
)

MANY = 200_000
NUMBERS = [2, 5, 10, 20, 24]


@pytest.mark.parametrize("settings", [1, 2, 4])
def test_it_covers_the_truth_in_about_95_percent_of_300_arms(settings: int) -> None:
    draw = np.random.default_rng(settings)
    truth = true_best(accuracies(MANY, settings, draw), NUMBERS)
    arms = [completed(accuracies(24, settings, draw)) for _ in range(300)]
    share = covered(arms, NUMBERS, truth)
    assert (share > 0.92).all(), share
    assert 0.93 < share.mean() < 0.985, share


def test_it_covers_the_truth_where_trials_diverge_too() -> None:
    draw = np.random.default_rng(0)
    truth = true_best(np.nan_to_num(accuracies(MANY, 2, draw, 0.15), nan=0.1), NUMBERS)
    arms = [completed(accuracies(24, 2, draw, 0.15)) for _ in range(300)]
    share = covered(arms, NUMBERS, truth, worst=0.1)
    assert (share > 0.92).all(), share


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [2, pytest.param(1, marks=pytest.mark.campaign), pytest.param(4, marks=pytest.mark.campaign)]
)
def test_it_covers_the_truth_where_most_trials_are_stopped_early(settings: int) -> None:
    draw = np.random.default_rng(settings)
    truth = true_best(accuracies(MANY, settings, draw), NUMBERS)
    arms = [stopped_early(courses(accuracies(24, settings, draw), draw), seed) for seed in range(300)]
    share = covered(arms, NUMBERS, truth)
    assert (share[1:] > 0.92).all(), share
    assert share[0] > 0.75, "for one or two trials the estimate is low, since slow trials are stopped"
    assert sum(trial.ended == "stopped" for arm in arms for trial in arm) > 0.7 * 24 * 300
    as_losses = [
        [replace(trial, ended="diverged") if trial.ended == "stopped" else trial for trial in arm] for arm in arms
    ]
    assert covered(as_losses, NUMBERS[:1], truth[:1])[0] < 0.5, "stopped trials are no losses"


def test_two_trials_have_a_band_too() -> None:
    two = [TunedTrial((0.9,), "completed", 1), TunedTrial((0.8,), "completed", 1)]
    band = expected_best_band(two, np.array([1, 2]), 0.0)
    assert band.best == pytest.approx([0.85, 0.9])
    assert (band.low < band.best).all()
    assert (band.best < band.high).all()


def test_a_larger_share_of_stopped_trials_widens_the_band() -> None:
    draw = np.random.default_rng(0)
    values = courses(accuracies(24, 2, draw), draw)
    stopped = expected_best_band(stopped_early(values, 0), np.array([24]), 0.0)
    whole = expected_best_band([TunedTrial(tuple(one), "completed", 1) for one in values], np.array([24]), 0.0)
    assert stopped.high - stopped.low > whole.high - whole.low
