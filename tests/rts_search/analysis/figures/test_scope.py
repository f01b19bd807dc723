"""An axis leaves out few values that are far worse, and no others."""

import pytest

from rts_search.analysis.figures.scope import scope_of
from trainables.core.settings.metrics import METRICS

ACCURACY, LOSS = METRICS["val_acc"], METRICS["val_loss"]
USUAL = [90.0, 91.0, 92.0, 93.0, 94.0]


def test_all_values_are_shown_where_none_is_far_off() -> None:
    scope = scope_of(USUAL, ACCURACY)
    assert scope.low < 90.0 < 94.0 < scope.high
    assert (scope.edge, scope.far, scope.told) == (None, 0, "")


def test_a_far_worse_value_is_left_out() -> None:
    scope = scope_of([10.0, *USUAL], ACCURACY)
    assert 85.0 < scope.low < 90.0
    assert scope.edge == scope.low
    assert scope.told == " 1 of 6 values lies far below what is drawn; a double click shows all."


def test_a_far_better_value_is_always_shown() -> None:
    scope = scope_of([10.0, 11.0, 12.0, 13.0, 90.0], ACCURACY)
    assert scope.low < 10.0 < 90.0 < scope.high
    assert scope.far == 0


def test_of_losses_the_larger_ones_are_left_out() -> None:
    scope = scope_of([0.3, 0.31, 0.32, 9.0, 0.33], LOSS)
    assert scope.edge == scope.high < 1.0
    assert (scope.far, scope.side) == (1, "above")


@pytest.mark.parametrize("worse", [88.0, 80.0])
def test_a_value_beside_which_the_others_keep_half_of_the_axis_is_shown(worse: float) -> None:
    assert (scope_of([worse, *USUAL], ACCURACY).far == 0) == (worse == 88.0)


def test_equal_values_have_an_axis_too() -> None:
    scope = scope_of([50.0, 50.0], ACCURACY)
    assert scope.low < 50.0 < scope.high
