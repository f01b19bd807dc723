"""The exact interval of a share."""

import pytest
from scipy.stats import binom

from rts_search.analysis.stability.shares import share_interval


def test_each_end_leaves_two_and_a_half_percent() -> None:
    found = share_interval(3, 10)
    assert found is not None
    assert binom.sf(2, 10, found[0]) == pytest.approx(0.025)
    assert binom.cdf(3, 10, found[1]) == pytest.approx(0.025)


def test_no_run_and_every_run_have_one_end_at_the_edge_and_without_runs_there_is_none() -> None:
    assert share_interval(0, 10) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))
    assert share_interval(10, 10) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert share_interval(0, 0) is None
