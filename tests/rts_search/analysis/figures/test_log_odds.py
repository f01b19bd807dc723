"""An axis of the odds has places for the shares on it, and for 0 and 100 %."""

import pytest

from rts_search.analysis.figures.log_odds import log_odds, odds
from rts_search.analysis.figures.scope import scope_of
from trainables.core.settings.metrics import METRICS


def test_odds_of_shares() -> None:
    assert [odds(share) for share in (50, 90, 10)] == [0.0, pytest.approx(0.954243), pytest.approx(-0.954243)]


def test_the_ticks_are_shares_within_the_range() -> None:
    values = [60.0, 70.0, 92.0, 99.2, 99.9]
    axis = log_odds(scope_of(values, METRICS["val_acc"]), values)["axis"]
    assert axis["ticktext"][-2:] == ["99.9", "99.95"]
    low, high = axis["range"]
    assert all(low <= tick <= high for tick in axis["tickvals"])
    assert axis["tickvals"] == [odds(float(text)) for text in axis["ticktext"]]


def test_a_narrow_range_has_ticks_too() -> None:
    values = [98.1, 98.2, 98.3]
    axis = log_odds(scope_of(values, METRICS["val_acc"]), values)["axis"]
    assert len(axis["ticktext"]) >= 3


def test_100_percent_is_half_as_far_off_as_the_value_below_it() -> None:
    values = [40.0, 99.0, 100.0]
    assert log_odds(scope_of(values, METRICS["val_acc"]), values)["clip"] == [20.0, 99.5]
