"""The smooth distribution has the values seen in its middle, and better ones beyond."""

import numpy as np
import pytest

from rts_search.analysis.effort.smoothed import sample, tail

VALUES = np.array([[0.5, 0.8, 0.9, 0.94, 0.96, 0.97]])


def test_a_share_of_i_in_n_plus_one_has_the_ith_value() -> None:
    assert sample(VALUES, np.arange(1, 7)[None] / 7)[0] == pytest.approx(VALUES[0])


def test_values_above_the_best_one_are_possible_and_below_the_worst_one_not() -> None:
    assert sample(VALUES, np.array([[0.999]]))[0, 0] > 0.97
    assert sample(VALUES, np.array([[0.001]]))[0, 0] == 0.5


def test_the_scale_beyond_the_best_is_the_mean_distance_of_the_best_three_from_the_fourth() -> None:
    assert tail(VALUES)[0] == pytest.approx(np.mean([0.94, 0.96, 0.97]) - 0.9)


def test_equal_best_values_may_come_from_rounding_to_whole_images() -> None:
    assert tail(np.array([[0.7, 0.9, 0.9, 0.9, 0.9]]))[0] == pytest.approx(0.1)
    assert tail(np.array([[0.9, 0.9]]))[0] == 0.0
    assert tail(np.array([[0.9]]))[0] == 0.0


def test_one_value_is_a_distribution_of_this_value() -> None:
    assert sample(np.array([[0.9]]), np.array([[0.1, 0.9]])).tolist() == [[0.9, 0.9]]
