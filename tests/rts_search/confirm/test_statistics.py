"""Paired differences by hand and by scipy, and Holm's correction as published."""

import numpy as np
import pytest
from scipy import stats

from rts_search.confirm.statistics import holm, paired_difference


def test_a_paired_difference_agrees_with_scipys_paired_t_test() -> None:
    first, second = np.array([0.91, 0.93, 0.92, 0.95, 0.90]), np.array([0.90, 0.91, 0.92, 0.92, 0.90])
    found = paired_difference(first, second)
    expected = stats.ttest_rel(first, second, alternative="greater")
    assert found.mean == pytest.approx(0.012)
    assert found.p_better == pytest.approx(expected.pvalue)
    assert found.p_worse == pytest.approx(1 - expected.pvalue)
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert found.interval == pytest.approx((low, high))
    assert 0.0 <= found.bootstrap[0] < found.mean < found.bootstrap[1] <= 0.03


def test_the_same_accuracies_give_the_same_interval_again() -> None:
    first, second = np.array([0.91, 0.93, 0.92]), np.array([0.90, 0.91, 0.92])
    assert paired_difference(first, second) == paired_difference(first, second)


@pytest.mark.parametrize("seeds", [2, 5])
def test_differences_without_spread_establish_nothing(seeds: int) -> None:
    found = paired_difference(np.full(seeds, 0.93), np.full(seeds, 0.9))
    assert (found.p_better, found.p_worse, found.sd) == (1.0, 1.0, 0.0)


def test_two_seeds_have_an_interval() -> None:
    found = paired_difference(np.array([0.91, 0.95]), np.array([0.90, 0.91]))
    assert found.interval[0] < found.mean < found.interval[1]


def test_holm_steps_down_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
