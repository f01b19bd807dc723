"""When a run first reaches a value, and the value that is asked for when none is given."""

import math

import pytest

from rts_search.analysis.costs.reaching import (
    cost_to_reach,
    difference_to_reach,
    method_to_reach,
    usual_value,
    values_reached,
)
from tests.rts_search.analysis.courses.made_up import course, courses
from trainables.core.settings.metrics import METRICS

ACCURACY, LOSS = METRICS["val_acc"], METRICS["val_loss"]


def test_the_first_epoch_that_reaches_the_value_counts_also_where_the_run_falls_back() -> None:
    one = course(0, [0.5, 0.9, 0.8, 0.95])
    assert cost_to_reach(one, 0.9, ACCURACY) == (8.0, 8.0)
    assert cost_to_reach(one, 0.91, ACCURACY) == (16.0, 16.0)
    assert cost_to_reach(one, 0.96, ACCURACY) == (16.0, math.inf)
    assert cost_to_reach(course(0, [2.0, 0.7, 0.5]), 0.7, LOSS) == (8.0, 8.0)
    assert cost_to_reach(course(0, [0.5, 0.9], diverged=True), 0.9, ACCURACY) == (8.0, 8.0), "it had reached it"
    assert cost_to_reach(course(0, [0.5, 0.9], diverged=True), 0.95, ACCURACY) == (math.inf, math.inf)


def test_the_usual_value_is_what_half_of_the_runs_of_every_method_end_with() -> None:
    made = courses({"rts": [course(0, [0.9]), course(1, [0.8])], "sgd": [course(0, [0.85])], "sam": []})
    assert usual_value(made) == 0.8, "the lower one of the two in the middle"
    assert all(method_to_reach(one, 0.8, ACCURACY).middle is not None for one in made.shown)
    assert usual_value(courses({"rts": [course(0, [0.9])], "sgd": [course(0, [0.2])]}, metric="val_loss")) == 0.9
    assert usual_value(courses({"rts": [course(0, [0.9, 0.5])]}, rule="best")) == 0.9


def test_differences_are_paired_by_seed() -> None:
    made = courses({"rts": [course(1, [0.9]), course(2, [0.1, 0.9])], "sgd": [course(2, [0.9]), course(3, [0.9])]})
    found = difference_to_reach(*made.methods, 0.9, ACCURACY, 0.95)
    assert (found.count, found.middle) == (1, 4.0)


def test_the_values_of_the_curve_are_those_that_runs_have_reached() -> None:
    made = courses({"rts": [course(0, [0.1, 0.5, 0.4, 0.9])]})
    assert sorted(values_reached(made, 2)) == pytest.approx([0.5, 0.9])
    assert sorted(values_reached(courses({"rts": [course(0, [3.0, 1.0, 2.0])]}, metric="val_loss"), 1)) == [1.0, 3.0]
