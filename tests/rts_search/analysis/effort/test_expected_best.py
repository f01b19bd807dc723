"""The expected best of n trials is the mean over all choices of n of them, and so has no bias."""

from itertools import combinations

import numpy as np
import pytest

from rts_search.analysis.effort.expected_best import expected_best, weights

VALUES = np.array([0.91, 0.87, 0.95, 0.95, 0.60, 0.93])
ALL = np.arange(1, 7)


def test_it_is_the_mean_of_the_largest_over_all_choices_of_n_trials() -> None:
    slow = [np.mean([max(chosen) for chosen in combinations(VALUES, n)]) for n in ALL]
    assert expected_best(VALUES, ALL) == pytest.approx(slow, abs=1e-15)


def test_it_is_the_mean_of_the_best_so_far_over_random_orders() -> None:
    draw = np.random.default_rng(0)
    orders = draw.permuted(np.repeat(VALUES[None], 20_000, axis=0), axis=1)
    so_far = np.maximum.accumulate(orders, axis=1).mean(axis=0)
    assert expected_best(VALUES, ALL) == pytest.approx(so_far, abs=0.003)


def test_it_begins_at_the_mean_and_ends_at_the_best_value_found() -> None:
    curve = expected_best(VALUES, ALL)
    assert curve[[0, -1]] == pytest.approx([VALUES.mean(), VALUES.max()])
    assert (np.diff(curve) >= 0).all()


def test_weights_add_up_to_one_for_many_trials_too() -> None:
    assert weights(2_000, np.array([1, 7, 1_000, 2_000])).sum(axis=1) == pytest.approx(np.ones(4))


def test_several_rows_are_several_arms() -> None:
    rows = np.stack([VALUES, VALUES + 0.01])
    assert expected_best(rows, ALL)[1] == pytest.approx(expected_best(VALUES, ALL) + 0.01)


def test_the_formula_of_dodge_is_too_low_where_this_one_is_not() -> None:
    """Tang et al. (2020): the mean of the estimates over many arms of 12 uniform values; the truth is n / (n + 1)."""
    arms = np.sort(np.random.default_rng(1).uniform(size=(20_000, 12)), axis=1)
    n = np.array([6])
    places = np.arange(13) / 12
    assert (arms @ np.diff(places**6)).mean() < 6 / 7 - 0.02
    assert expected_best(arms, n).mean() == pytest.approx(6 / 7, abs=0.002)
