"""A course counts its values as the objective does, and is kept and read again."""

import json

import numpy as np

from rts_search.analysis.courses.course import Courses
from tests.rts_search.analysis.courses.made_up import course, courses


def test_the_value_that_counts_is_the_last_or_the_best_so_far_in_the_direction_of_the_metric() -> None:
    one = course(0, [0.5, 0.7, 0.6])
    assert one.counted(courses({}).objective).tolist() == [0.5, 0.7, 0.6]
    assert one.counted(courses({}, rule="best").objective).tolist() == [0.5, 0.7, 0.7]
    assert one.counted(courses({}, rule="best", metric="val_loss").objective).tolist() == [0.5, 0.5, 0.5]


def test_courses_are_the_same_after_they_were_kept() -> None:
    made = courses({"rts": [course(3, [0.5, 0.75], test=0.7), course(4, [0.5], diverged=True)], "sgd": []})
    kept = Courses.from_dict(json.loads(json.dumps(made.to_dict(), allow_nan=False)))
    assert kept.to_dict() == made.to_dict()
    assert (kept.objective, kept.confirmed, kept.image) == (made.objective, True, 0.01)
    assert [(one.seed, one.diverged, one.test) for one in kept.methods[0].courses] == [(3, False, 0.7), (4, True, None)]
    assert np.array_equal(kept.methods[0].courses[0].norms[1], [2.0] * 4)
    assert [method.name for method in kept.shown] == ["rts"]
    assert courses({}, metric="val_loss").image == 0.0
