"""Which contenders stay after the screening."""

import numpy as np

from rts_search.analysis.confirmation.reach import in_reach, order_of


def test_a_contender_that_is_far_behind_gets_no_more_seeds() -> None:
    val_acc = np.array([[0.90, 0.91, 0.92], [0.70, 0.71, 0.73], [0.905, 0.90, 0.921]])
    assert order_of(val_acc)[-1] == 1
    assert in_reach(val_acc, order_of(val_acc)[0]) == [True, False, True]
    assert in_reach(val_acc[:1], 0) == [True]


def test_of_equal_contenders_the_earlier_one_comes_first() -> None:
    assert order_of(np.array([[0.9, 0.9], [0.95, 0.95], [0.95, 0.95]])) == [1, 2, 0]
