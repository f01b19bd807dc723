"""The space of the timing: no illegal timing can be drawn from it."""

from typing import Any

import pytest

from search_spaces.timing_space import TimingSpace
from tests.search_spaces.spaces import ALL_TIMING, Asked
from trainables.core.settings.config import RULE_PARAMETERS, TimingConfig


@pytest.mark.parametrize("rule", RULE_PARAMETERS)
def test_timing_is_drawn_with_exactly_what_its_rule_uses(rule: str) -> None:
    asked = Asked(rule)
    drawn = TimingSpace.model_validate(ALL_TIMING).draw(asked, "timing")
    assert list(drawn) == ["rule", *RULE_PARAMETERS[rule]]
    assert TimingConfig.from_dict(drawn).rule == rule


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


def test_every_and_stop_epoch_are_drawn_with_any_rule_and_bounded() -> None:
    both = {"every": [1, 4], "stop_epoch": {"integer": [6, 8]}}
    for rule in RULE_PARAMETERS:
        given = {name: ALL_TIMING[name] for name in RULE_PARAMETERS[rule]}
        start = {"switch_epoch": 0} if rule == "epoch" else {}
        space = TimingSpace.model_validate({"rule": rule, **given, **both, **start})
        drawn = space.draw(Asked(rule), "timing")
        assert list(drawn) == ["rule", *RULE_PARAMETERS[rule], "every", "stop_epoch"]
        assert TimingConfig.from_dict(drawn).every == 1
        assert space.stop_epochs() == {6, 7, 8}
        with pytest.raises(ValueError, match=r"stop_epoch: must be <= training.epochs \(7\), but got 8"):
            space.check(7)
    with pytest.raises(ValueError, match=r"stop_epoch: must be > switch_epoch \(3\), but got 3"):
        TimingSpace.model_validate({"switch_epoch": [0, 3], "stop_epoch": [3, 6]})
