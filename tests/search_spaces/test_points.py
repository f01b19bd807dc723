"""A point that is given is checked against the space, and read as the draws that lead to it."""

from typing import Any

import pytest

from search_spaces.points import draws_of
from search_spaces.space import Space

SPACE = Space.model_validate(
    {
        "radius": {
            "shape": ["constant", "cosine"],
            "value": [0.5, 1],
            "beta_min": 0.1,
            "beta_max": {"uniform": [1, 3]},
        },
        "timing": {"switch_epoch": {"integer": [0, 8, 4]}},
        "training": {"lr": {"loguniform": [0.01, 1]}, "reset_momentum": [False, True], "momentum": [0.9]},
    }
)
COSINE = {"radius": {"shape": "cosine", "beta_max": 2}, "timing": {"switch_epoch": 4}}
TRAINING = {"lr": 0.1, "reset_momentum": True}


def test_what_has_one_value_may_be_left_out() -> None:
    draws = draws_of(SPACE, {**COSINE, "training": TRAINING})
    assert draws == {
        "radius.shape": "cosine",
        "radius.beta_max": 2.0,
        "timing.switch_epoch": 4,
        "training.lr": 0.1,
        "training.reset_momentum": True,
        "training.momentum": 0.9,
    }
    fixed = {"radius": {**COSINE["radius"], "beta_min": 0.1}, "timing": {"switch_epoch": 4, "rule": "epoch"}}
    assert draws_of(SPACE, {**fixed, "training": {**TRAINING, "momentum": 0.9}}) == draws


@pytest.mark.parametrize(
    ("point", "line"),
    [
        ({"training": TRAINING}, r"radius.shape: must be given: one of constant, cosine"),
        ({**COSINE, "training": {**TRAINING, "lr": 3}}, r"training.lr: must be a number from 0.01 to 1, but got 3"),
        (
            {**COSINE, "training": {**TRAINING, "reset_momentum": 1}},
            r"training.reset_momentum: must be one of False, True, but got 1",
        ),
        ({**COSINE, "timing": {"switch_epoch": 5}}, r"switch_epoch: must be an integer from 0 to 8 in steps of 4, but"),
        (
            {**COSINE, "radius": {"shape": "cosine", "beta_max": 1, "value": 1}, "training": TRAINING},
            r"radius.value: is no setting that the space has at this point; those are radius.shape, radius.beta_min",
        ),
        (
            {**COSINE, "training": {**TRAINING, "lrr": 1}},
            r"training.lrr: .*\(did you mean training.lr\?\), but got 1",
        ),
        (
            {**COSINE, "training": TRAINING, "scale": {"value": 2}},
            r"scale.value: must be 1.0, the only value in the space, but got 2",
        ),
    ],
)
def test_a_point_outside_the_space_is_refused_at_its_place(point: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        draws_of(SPACE, point)
