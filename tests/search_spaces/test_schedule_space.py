"""The space of a schedule: no illegal schedule can be drawn from it."""

from typing import Any

import pytest

from search_spaces.schedule_space import ScheduleSpace
from tests.search_spaces.spaces import ALL_SCHEDULES, Asked
from trainables.core.settings.config import SHAPE_PARAMETERS, ScheduleConfig


@pytest.mark.parametrize("shape", SHAPE_PARAMETERS)
def test_a_schedule_is_drawn_with_exactly_what_its_shape_uses(shape: str) -> None:
    asked = Asked(shape)
    drawn = ScheduleSpace.model_validate(ALL_SCHEDULES).draw(asked, "radius")
    assert list(drawn) == ["shape", *SHAPE_PARAMETERS[shape]]
    assert asked.names == [f"radius.{name}" for name in drawn if name != "step_size"], "step_size is fixed"
    assert ScheduleConfig.from_dict(drawn).shape == shape


def test_the_origin_is_training_where_it_is_left_out() -> None:
    drawn = ScheduleSpace.model_validate({"shape": "sine", "beta_min": 0, "beta_max": 1}).draw(Asked(""), "scale")
    assert ScheduleConfig.from_dict(drawn).origin == "training"


LEGAL: list[dict[str, Any]] = [
    {"value": 0},
    {"shape": "inverse_sine", "beta_min": 1e-9, "beta_max": 1},
    {"shape": "inverse_cosine", "beta_min": 0, "beta_max": 1},
    {"shape": "cosine", "beta_min": {"uniform": [0, 1]}, "beta_max": {"uniform": [1, 2]}},
    {"shape": "step", "beta_max": 1, "step_size": 1, "gamma": 1},
    {"shape": "cyclic_cosine", "beta_min": 0, "beta_max": 1, "T_0": 1, "T_mult": 1},
]


@pytest.mark.parametrize("space", LEGAL)
def test_a_schedule_space_at_the_edge_is_legal(space: dict[str, Any]) -> None:
    assert ScheduleSpace.model_validate(space).kinds


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "value: is needed by constant"),
        ({"value": -0.1}, "value: must be >= 0"),
        ({"value": {"uniform": [-1, 1]}}, "value: must be >= 0 and finite, but got -1.0"),
        (
            {"shape": "cosin", "value": 1},
            r"shape: must be one of constant, .*\(did you mean cosine\?\), but got 'cosin'",
        ),
        ({"shape": ["sine", "sinus"], "beta_min": 0, "beta_max": 1}, "shape: must be one of .*but got 'sinus'"),
        ({"shape": ["sine", "sine"], "beta_min": 0, "beta_max": 1}, "must not list a value twice"),
        (
            {"shape": "inverse_sine", "beta_min": 0, "beta_max": 1},
            "beta_min: must be > 0 for inverse_sine, but got 0.0",
        ),
        (
            {"shape": ["sine", "inverse_sine"], "beta_min": [0.5, 0], "beta_max": 1},
            "beta_min: must be > 0 for inverse_sine, but got 0.0",
        ),
        (
            {"shape": "cosine", "beta_min": {"uniform": [0, 1.1]}, "beta_max": {"uniform": [1, 2]}},
            r"beta_min: must be <= beta_max \(1.0\), but got 1.1",
        ),
        ({"shape": "cosine", "beta_max": 1}, "beta_min: is needed by cosine"),
        ({"shape": ["constant", "cosine"], "value": 1, "beta_min": 0}, "beta_max: is needed by cosine"),
        (
            {"shape": ["sine", "cosine"], "beta_min": 0, "beta_max": 1, "value": 2},
            "value: is not used by sine or cosine",
        ),
        ({"value": 1, "origin": "switch"}, "origin: is not used by constant"),
        ({"shape": "sine", "beta_min": 0, "beta_max": 0}, "beta_max: must be > 0"),
        ({"shape": "sine", "beta_min": 0, "beta_max": 1, "origin": ["training", "end"]}, "origin: must be one of"),
        ({"shape": "step", "beta_max": 1, "step_size": 0, "gamma": 1}, "step_size: must be >= 1"),
        ({"shape": "step", "beta_max": 1, "step_size": 1, "gamma": [0.5, 1.1]}, r"gamma: must be in \(0, 1\]"),
        ({"shape": "cyclic_cosine", "beta_min": 0, "beta_max": 1, "T_0": 0, "T_mult": 1}, "T_0: must be >= 1"),
        ({"value": 1, "betamin": 0}, "betamin"),
    ],
)
def test_a_schedule_space_with_an_illegal_point_is_refused(space: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScheduleSpace.model_validate(space)
