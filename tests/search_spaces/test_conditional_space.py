"""The spaces of schedules and timing: no illegal point can be drawn from them."""

from typing import Any

import pytest

from search_spaces.domains import Domain, Uniform
from search_spaces.schedule_space import ScheduleSpace
from search_spaces.timing_space import TimingSpace
from trainables.core.settings.config import RULE_PARAMETERS, SHAPE_PARAMETERS, ScheduleConfig, TimingConfig

ALL_SCHEDULES: dict[str, Any] = {
    "shape": list(SHAPE_PARAMETERS),
    "value": [0.0, 1.0],
    "beta_min": {"loguniform": [0.1, 1.0]},
    "beta_max": {"uniform": [1.0, 3.0]},
    "origin": ["training", "switch"],
    "T_0": {"integer": [1, 5]},
    "T_mult": [1, 2],
    "step_size": 2,
    "gamma": {"uniform": [0.1, 1.0]},
}
ALL_TIMING: dict[str, Any] = {
    "rule": list(RULE_PARAMETERS),
    "switch_epoch": {"integer": [0, 8, 2]},
    "window": [2, 10],
    "decay": {"uniform": [0.1, 1.0]},
    "start": [0, 1],
    "base_epochs": 2,
    "ratio": [2.0, 3.0],
    "period": 3,
}


class Asked:
    """Chooses one kind, and the lowest value of everything else."""

    def __init__(self, kind: str) -> None:
        self.kind, self.names = kind, list[str]()

    def __call__(self, name: str, domain: Domain) -> Any:
        self.names.append(name)
        return self.kind if name in ("radius.shape", "timing.rule") else domain.lowest


@pytest.mark.parametrize("shape", SHAPE_PARAMETERS)
def test_a_schedule_is_drawn_with_exactly_what_its_shape_uses(shape: str) -> None:
    asked = Asked(shape)
    drawn = ScheduleSpace.model_validate(ALL_SCHEDULES).draw(asked, "radius")
    assert list(drawn) == ["shape", *SHAPE_PARAMETERS[shape]]
    assert asked.names == [f"radius.{name}" for name in drawn if name != "step_size"], "step_size is fixed"
    assert ScheduleConfig.from_dict(drawn).shape == shape


@pytest.mark.parametrize("rule", RULE_PARAMETERS)
def test_timing_is_drawn_with_exactly_what_its_rule_uses(rule: str) -> None:
    asked = Asked(rule)
    drawn = TimingSpace.model_validate(ALL_TIMING).draw(asked, "timing")
    assert list(drawn) == ["rule", *RULE_PARAMETERS[rule]]
    assert TimingConfig.from_dict(drawn).rule == rule


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


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "switch_epoch: is needed by epoch"),
        ({"rule": "epochs", "switch_epoch": 0}, r"rule: must be one of epoch, .*\(did you mean epoch\?\)"),
        ({"switch_epoch": -1}, "switch_epoch: must be >= 0"),
        ({"switch_epoch": {"uniform": [0, 3]}}, "must be an integer, a list of integers"),
        ({"switch_epoch": 0, "window": 3}, "window: is not used by epoch"),
        ({"rule": "gradient_variance", "window": [1, 2], "decay": 0.5, "start": 0}, "window: must be >= 2"),
        ({"rule": "gradient_variance", "window": 2, "decay": [0, 1], "start": 0}, "decay: must be > 0"),
        ({"rule": "generalization_gap", "base_epochs": 0, "ratio": 1, "period": 1}, "base_epochs: must be >= 1"),
    ],
)
def test_a_timing_space_with_an_illegal_point_is_refused(space: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TimingSpace.model_validate(space)


def test_a_switch_epoch_may_be_the_end_of_training_and_no_later() -> None:
    space = TimingSpace.model_validate({"switch_epoch": [0, 8]})
    space.check(8)
    with pytest.raises(ValueError, match=r"switch_epoch: must be <= training.epochs \(7\), but got 8"):
        space.check(7)


def test_sizes_count_what_each_kind_uses() -> None:
    assert TimingSpace.model_validate({**ALL_TIMING, "decay": [0.5, 1.0]}).size() == 5 + 2 * 2 * 2 + 2
    assert TimingSpace.model_validate(ALL_TIMING).size() is None
    assert [name for name, _ in TimingSpace.model_validate(ALL_TIMING).uncountable()] == ["decay"]
    assert ScheduleSpace.model_validate({"value": {"uniform": [0, 1]}}).domain("value") == Uniform(0.0, 1.0)
