"""An axis of the odds has places for the shares on it, and for 0 and 100 %."""

from collections.abc import Sequence
from typing import Any

import pytest

from rts_search.analysis.figures.log_odds import log_odds, odds
from rts_search.analysis.figures.scope import scope_of
from trainables.core.settings.metrics import METRICS


def found(values: Sequence[float], metric: str = "val_acc") -> dict[str, Any]:
    return log_odds(METRICS[metric], scope_of(values, METRICS[metric]), values)


def test_odds_of_shares() -> None:
    assert [odds(share) for share in (50, 90, 10)] == [0.0, pytest.approx(0.954243), pytest.approx(-0.954243)]


def test_the_ticks_are_shares_within_the_range() -> None:
    axis = found([60.0, 70.0, 92.0, 99.2, 99.9])["log_odds"]["axis"]
    assert axis["ticktext"][-2:] == ["99.9", "99.95"]
    low, high = axis["range"]
    assert all(low <= tick <= high for tick in axis["tickvals"])
    assert axis["tickvals"] == [odds(float(text)) for text in axis["ticktext"]]


def test_a_narrow_range_has_ticks_too() -> None:
    axis = found([98.1, 98.2, 98.3])["log_odds"]["axis"]
    assert axis["ticktext"] == ["98", "98.1", "98.2", "98.3", "98.4"]


def test_100_percent_is_half_as_far_off_as_the_value_below_it() -> None:
    assert found([40.0, 99.0, 100.0])["log_odds"]["clip"] == [20.0, 99.5]


@pytest.mark.parametrize("values", [[100.0, 100.0], [0.0], [50.0, *[100.0] * 9]])
def test_without_shares_between_0_and_100_on_the_axis_there_is_no_scale_of_odds(values: list[float]) -> None:
    assert found(values) == {}


def test_a_loss_has_no_odds() -> None:
    assert found([0.2, 0.4], "val_loss") == {}
