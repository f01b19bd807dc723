"""The spread over epochs and over seeds, on values whose spread is known."""

import math

import numpy as np
import pytest

from rts_search.analysis.stability.spread import epoch_spread, pooled, seed_spread


def test_the_spread_over_epochs_is_that_of_the_last_third_without_its_trend() -> None:
    wild = [0.9, 0.1] * 6
    assert epoch_spread(np.array([*wild, *[0.5, 0.5, 0.5, 0.5, 0.5, 0.5]])) == 0.0
    # Steps of +1 and -1: each squared step is 1, so the mean over two of them is 1 / 2.
    assert epoch_spread(np.array([*wild, 0, 1, 0, 1, 0, 1])) == pytest.approx(math.sqrt(0.5))
    # A trend of d in each epoch counts d^2 / 2, far less than its spread of d * sqrt(3.5).
    assert epoch_spread(np.array([*wild, *(0.01 * np.arange(6))])) == pytest.approx(0.01 / math.sqrt(2))


def test_its_square_is_on_average_the_variance_of_independent_deviations() -> None:
    drawn = np.random.default_rng(0).normal(0.9, 0.02, size=(2_000, 30))
    found = [epoch_spread(values) for values in drawn]
    assert pooled(found) == pytest.approx(0.02, rel=0.02)


def test_too_few_epochs_and_values_that_are_not_finite_have_no_spread() -> None:
    assert epoch_spread(np.array([0.1, 0.2])) is None
    assert epoch_spread(np.array([0.0, 1.0, 0.0])) == pytest.approx(math.sqrt(0.5))
    assert epoch_spread(np.array([0.1, 0.2, np.nan])) is None
    assert pooled([None, None]) is None
    assert pooled([3.0, None, 4.0]) == pytest.approx(math.sqrt(12.5))


def test_the_spread_over_seeds_has_the_interval_of_the_chi_square_distribution() -> None:
    found = seed_spread([0.90, 0.92, 0.94])
    assert found == pytest.approx((0.02, 0.02 * 0.520657, 0.02 * 6.284735), rel=1e-5), "n = 3, from a table"
    assert seed_spread([0.9]) is None
    assert seed_spread([0.9, math.nan]) is None
