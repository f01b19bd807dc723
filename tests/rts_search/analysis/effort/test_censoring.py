"""A trial that was stopped early counts as neither lost nor known."""

import numpy as np
import pytest

from rts_search.analysis.effort.censoring import TunedTrial, drawn_values

GOOD = TunedTrial((0.5, 0.8, 0.9), "completed", 30)
BETTER = TunedTrial((0.6, 0.9, 0.95), "completed", 30)
DRAWS = 4_000


def test_it_gains_as_much_as_the_completed_trials_from_the_same_epoch_on() -> None:
    stopped = TunedTrial((0.3, 0.4), "stopped", 20)
    drawn = drawn_values([GOOD, BETTER, stopped], 0.0, DRAWS)[:, 2]
    assert {round(value, 6) for value in drawn} == {0.45, 0.5}
    assert drawn.mean() == pytest.approx(0.475, abs=0.003)


def test_it_never_ends_above_the_best_completed_trial() -> None:
    assert drawn_values([GOOD, BETTER, TunedTrial((0.7,), "stopped", 10)], 0.0, DRAWS).max() == 0.95


def test_values_that_are_known_stay() -> None:
    drawn = drawn_values([GOOD, TunedTrial((0.3,), "diverged", 10), TunedTrial((0.4,), "stopped", 10)], 0.1, DRAWS)
    assert set(drawn[:, 0]) == {0.9}
    assert set(drawn[:, 1]) == {0.1}, "a trial that diverged has the worst value, whatever it had reached"


def test_without_stopped_trials_there_is_nothing_to_draw() -> None:
    assert drawn_values([GOOD, TunedTrial((), "diverged", 0)], 0.1, DRAWS).tolist() == [[0.9, 0.1]]


def test_the_same_trials_have_the_same_values() -> None:
    trials = [GOOD, BETTER, TunedTrial((0.3,), "stopped", 10)]
    assert np.array_equal(drawn_values(trials, 0.0, 50), drawn_values(trials, 0.0, 50))
