"""Medians of costs with runs that never got there: the estimate of Kaplan and Meier, and intervals that are exact."""

import math

import numpy as np
import pytest

from rts_search.analysis.costs.censored import (
    Bounds,
    fewest_values,
    interval_of_median,
    kaplan_meier_median,
    median_of_costs,
    median_of_differences,
)

INF = math.inf


def known(*costs: float) -> list[Bounds]:
    return [(cost, cost) for cost in costs]


def more(*costs: float) -> list[Bounds]:
    return [(cost, INF) for cost in costs]


def test_without_censoring_it_is_the_median_the_lower_one_of_an_even_number() -> None:
    assert kaplan_meier_median(known(3, 1, 2)) == 2
    assert kaplan_meier_median(known(4, 1, 3, 2)) == 2


def test_a_run_that_was_cut_off_counts_as_going_on() -> None:
    assert kaplan_meier_median([*known(1, 2), *more(9)]) == 2
    assert kaplan_meier_median([*known(1), *more(9, 9)]) is None
    # 1: 5 at risk, 4/5 left. 2 is cut off. 3: 3 at risk, 8/15 left. 4: 2 at risk, 4/15 left.
    assert kaplan_meier_median([*known(1), *more(2), *known(3, 4), *more(5)]) == 4
    assert kaplan_meier_median([*known(1, 2), (INF, INF), (INF, INF)]) == 2
    assert kaplan_meier_median([*known(1), (INF, INF), (INF, INF)]) is None, "a diverged run never gets there"
    assert kaplan_meier_median([]) is None


def test_the_interval_goes_from_the_kth_smallest_to_the_kth_largest_value() -> None:
    assert interval_of_median(known(*range(1, 6)), 0.95) == (None, None), "the range of 5 covers in 93.75 %"
    assert interval_of_median(known(*range(1, 6)), 0.9375) == (1, 5)
    assert interval_of_median(known(*range(1, 7)), 0.95) == (1, 6)
    assert interval_of_median(known(*range(1, 9)), 0.95) == (1, 8)
    assert interval_of_median(known(*range(1, 10)), 0.95) == (2, 8)
    assert [fewest_values(level) for level in (0.9375, 0.95, 1 - 0.05 / 3)] == [5, 6, 7]


def test_bounded_values_widen_it_as_far_as_they_may_reach() -> None:
    assert interval_of_median([*known(1, 2, 3, 4, 5), *more(3)], 0.95) == (1, INF)
    assert interval_of_median([*more(0), *known(1, 2, 3, 4, 5, 6, 7, 8)], 0.95) == (1, 8), "9 values: k is 2"
    found = median_of_costs([*known(1, 2, 3, 4), *more(9, 9)], 0.95)
    assert (found.count, found.known, found.middle, found.low, found.high) == (6, 4, 3, 1, INF)


def test_a_difference_is_known_where_bounded_pairs_do_not_matter_for_its_median() -> None:
    own, others = known(1, 2, 3), known(5, 5, 5)
    assert median_of_differences(own, others, 0.95).middle == -3
    # The third pair is 3 - (more than 5): below -2, so that the median of -4, -3 and it may be any from -4 to -3.
    assert median_of_differences(own, [*known(5, 5), *more(5)], 0.95).middle is None
    assert median_of_differences(own, [*known(5, 5), *more(8)], 0.95).middle == -4, "it is the smallest in any case"
    assert median_of_differences([*known(1, 2, 3)], [*known(2, 3), *more(90)], 0.95).middle == -1
    both = median_of_differences(more(4) * 6, more(9) * 6, 0.95)
    assert (both.middle, both.low, both.high, both.known) == (None, -INF, INF, 0)
    gone = median_of_differences([(INF, INF)] * 6, known(1, 2, 3, 4, 5, 6), 0.95)
    assert (gone.middle, gone.low, gone.high) == (None, INF, INF)
    assert median_of_differences([(INF, INF)], [(INF, INF)], 0.95).middle is None


@pytest.mark.parametrize("cut", [INF, 1.0, 0.6])
def test_the_interval_covers_the_median_at_its_level_with_and_without_censoring(cut: float) -> None:
    drawn, truth, covered = np.random.default_rng(0), math.log(2), 0
    for times in drawn.exponential(size=(1_000, 8)).tolist():
        low, high = interval_of_median([(min(one, cut), one if one <= cut else INF) for one in times], 0.95)
        assert low is not None
        assert high is not None
        covered += low <= truth <= high
    assert covered >= 980, "the range of 8 covers in 99.2 %"
