"""Methods at equal epochs, gradient evaluations and time."""

import numpy as np
import pytest

from rts_search.analysis.costs.equal import common, difference_at, level_at, places, value_at
from tests.rts_search.analysis.courses.made_up import course, courses

RISING = [0.1, 0.2, 0.3, 0.4]


def test_the_value_is_that_of_the_last_epoch_that_had_ended() -> None:
    one, objective = course(0, RISING, cost=4.0, seconds=2.0), courses({}).objective
    assert [value_at(one, "epochs", place, objective) for place in (0.5, 1, 4, 9)] == [None, 0.1, 0.4, 0.4]
    found = [value_at(one, "gradient_evaluations", place, objective) for place in (3, 4, 11, 12)]
    assert found == [None, 0.1, 0.2, 0.3]
    assert [value_at(one, "seconds", place, objective) for place in (1.9, 2.0, 7.9, 8.0)] == [None, 0.1, 0.3, 0.4]
    gone = course(0, RISING, diverged=True)
    assert [value_at(gone, "epochs", place, objective) for place in (3, 4, 5)] == [0.3, None, None]


def test_methods_are_compared_as_far_as_every_run_got_that_did_not_diverge() -> None:
    made = courses({
        "rts": [course(0, RISING * 2, cost=8.0), course(1, [0.5], diverged=True)],
        "sgd": [course(0, RISING * 3, seconds=1.0)],
    })  # fmt: skip
    assert [common(made, axis) for axis in ("epochs", "gradient_evaluations", "seconds")] == [8.0, 48.0, 12.0]
    assert places(made, "epochs") == [2.0, 4.0, 6.0, 8.0]
    assert places(made, "seconds") == [3.0, 6.0, 9.0, 12.0]
    assert places(courses({"rts": [course(0, [0.5])]}), "epochs") == [1.0]


def test_a_mean_has_students_interval_and_none_where_a_run_has_diverged_or_is_alone() -> None:
    made = courses({"rts": [course(seed, [value]) for seed, value in enumerate((0.90, 0.92, 0.94))]})
    found = level_at(made.methods[0], "epochs", 1, made)
    assert (found.count, found.mean) == (3, pytest.approx(0.92))
    reach = 4.302653 * 0.02 / np.sqrt(3)
    assert (found.low, found.high) == pytest.approx((0.92 - reach, 0.92 + reach))
    made = courses({"rts": [course(0, [0.9]), course(1, [0.5], diverged=True)], "sgd": [course(0, [0.8])]})
    found, alone = (level_at(one, "epochs", 1, made) for one in made.methods)
    assert (found.count, found.diverged, found.mean, found.low) == (1, 1, 0.9, None)
    assert (alone.mean, alone.low) == (0.8, None)


def test_differences_are_paired_and_there_is_none_where_a_run_has_diverged() -> None:
    made = courses({
        "rts": [course(0, [0.9]), course(1, [0.8])],
        "sgd": [course(1, [0.7]), course(0, [0.8])],
        "sam": [course(0, [0.8]), course(1, [0.8], diverged=True)],
    })  # fmt: skip
    rts, sgd, sam = made.methods
    found = difference_at(rts, sgd, "epochs", 1, made, 0.95)
    assert (found.count, found.mean) == (2, pytest.approx(0.1))
    assert found.low is not None
    assert found.low < 0.1 - 0.05, "equal differences still spread by one image"
    assert difference_at(rts, sam, "epochs", 1, made, 0.95).mean is None
    assert difference_at(rts, sam, "epochs", 1, made, 0.95).diverged == 1
