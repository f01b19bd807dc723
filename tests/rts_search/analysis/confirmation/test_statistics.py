"""Tests and intervals of paired differences, compared with values by hand, by scipy, and as published."""

import numpy as np
import pytest
from scipy import stats

from rts_search.analysis.confirmation.statistics import (
    FAR,
    bootstrap,
    far_from_others,
    holm,
    interval,
    p_better,
    p_without_any_seed,
    paired_differences,
    standard_error,
)

FIRST, SECOND = np.array([0.91, 0.93, 0.92, 0.95, 0.90]), np.array([0.90, 0.91, 0.92, 0.92, 0.90])
NAN, INF = float("nan"), float("inf")


def test_finite_differences_agree_with_scipys_paired_t_test() -> None:
    differences = paired_differences(FIRST, SECOND)
    expected = stats.ttest_rel(FIRST, SECOND, alternative="greater")
    assert p_better(differences, 0.0) == pytest.approx(expected.pvalue)
    assert p_better(-differences, 0.0) == pytest.approx(1 - expected.pvalue)
    assert interval(differences, 0.9, 0.0) == pytest.approx(stats.ttest_rel(FIRST, SECOND).confidence_interval(0.9))
    low, high = bootstrap(differences, 0.95)
    assert 0.0 <= low < differences.mean() < high <= 0.03


def test_a_run_that_diverged_is_the_worst_and_two_on_one_seed_say_nothing() -> None:
    first, second = np.array([0.9, NAN, 0.9, NAN]), np.array([0.8, 0.8, NAN, NAN])
    assert paired_differences(first, second).tolist() == pytest.approx([0.1, -INF, INF, NAN], nan_ok=True)
    assert p_better(np.array([0.1, 0.2, NAN]), 0.0) == 1.0


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([INF, 0.1, 0.2], 1 / 8),  # all positive: one of 8 ways to choose signs
        ([INF, -0.1, 0.2], 2 / 8),  # ranks 3 + 2: that sum or 6
        ([INF, 0.1, -0.2], 3 / 8),  # 3 + 1: that sum, 5 or 6
        ([-INF, 0.1, 0.2], 5 / 8),  # 3 by ranks 1 and 2, or 3 alone, or 4, 5, 6
        ([INF, INF, -0.1], 2 / 8),  # both share rank 2.5
        ([INF, 0.0, 0.1], 1 / 4),  # no difference has no sign
        ([INF, -INF], 3 / 4),  # both share rank 1.5
    ],
)
def test_ranks_with_a_diverged_run_are_those_counted_by_hand(differences: list[float], p: float) -> None:
    assert p_better(np.array(differences), 0.0) == pytest.approx(p)


def test_ranks_agree_with_scipys_exact_test_where_none_are_shared() -> None:
    chance = np.random.default_rng(0)
    for seeds in (2, 5, 8, 12):
        for _ in range(20):
            differences = chance.standard_normal(seeds) + 0.5
            differences[0] = INF
            told = np.where(np.isinf(differences), 1e6, differences)  # scipy ranks no infinities
            expected = stats.wilcoxon(told, alternative="greater", method="exact")
            assert p_better(differences, 0.0) == pytest.approx(expected.pvalue)


def test_the_spread_counts_as_at_least_one_image() -> None:
    image = 1 / 10_000
    one_more = np.full(5, image)
    assert standard_error(one_more, image) == pytest.approx(image / np.sqrt(5))
    assert p_better(one_more, image) == pytest.approx(stats.t.sf(np.sqrt(5), 4))
    many = np.array([30.0, 10.0, 50.0, 20.0, 40.0]) * image
    assert p_better(many, image) == p_better(many, 0.0)


@pytest.mark.parametrize("seeds", [2, 5])
def test_equal_differences_of_accuracies_that_are_not_rounded_establish_nothing(seeds: int) -> None:
    differences = paired_differences(np.full(seeds, 0.93), np.full(seeds, 0.9))
    assert p_better(differences, 0.0) == p_better(-differences, 0.0) == 1.0
    assert p_without_any_seed(differences, 0.0) == 1.0
    assert bootstrap(differences, 0.95) == pytest.approx((0.03, 0.03))


@pytest.mark.parametrize("differences", [[], [0.1]])
def test_one_difference_says_nothing(differences: list[float]) -> None:
    assert p_better(np.array(differences), 0.0) == p_without_any_seed(np.array(differences), 0.0) == 1.0


@pytest.mark.parametrize("last", [0.3, INF, NAN])
def test_the_worst_seed_to_leave_out_is_found(last: float) -> None:
    differences = np.array([0.1, 0.2, 0.15, 0.12, 0.3, 0.4, last])
    each = [p_better(np.delete(differences, seed), 0.001) for seed in range(len(differences))]
    assert p_without_any_seed(differences, 0.001) == pytest.approx(max(each))


def test_two_seeds_cannot_spare_one() -> None:
    assert p_without_any_seed(np.array([0.1, 0.11]), 0.0) == 1.0


def test_two_seeds_have_intervals() -> None:
    differences = np.array([0.01, 0.04])
    for low, high in (interval(differences, 0.95, 0.0), bootstrap(differences, 0.95)):
        assert low < 0.025 < high


def test_the_same_differences_have_the_same_interval_again() -> None:
    differences = np.array([0.01, 0.02, 0.04])
    assert bootstrap(differences, 0.95) == bootstrap(differences, 0.95)


@pytest.mark.parametrize(("share", "far"), [(FAR * 0.99, [0]), (FAR * 1.01, [])])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_run_is_far_where_few_normally_distributed_ones_would_be(share: float, far: list[int], sign: float) -> None:
    others = np.array([0.90, 0.91, 0.92, 0.93])
    distance = stats.t.isf(share / 2, 3) * others.std(ddof=1) * np.sqrt(1 + 1 / 4)
    assert far_from_others(np.array([others.mean() + sign * distance, *others]), 0.0) == far


def test_one_image_is_not_far_and_diverged_runs_are_left_out() -> None:
    image = 1 / 1_000
    assert far_from_others(np.array([0.9, 0.9, 0.9, 0.9, 0.9 + image]), image) == []
    assert far_from_others(np.array([0.90, 0.91, 0.10]), 0.0) == [], "two fellows say little"
    assert far_from_others(np.array([NAN, 0.901, 0.902, 0.903, 0.902, 0.10]), image) == [5]


def test_holm_steps_down_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
