"""The whole space: drawn setting by setting, or listed as a grid."""

import itertools
import json
import random
from typing import Any

import pytest

from search_spaces.domains import Domain, LogUniform
from search_spaces.space import Space

FINITE = Space.model_validate(
    {
        "radius": {"shape": ["constant", "sine"], "value": [1, 2], "beta_min": [0.1, 0.2, 0.3], "beta_max": 3},
        "timing": {"switch_epoch": {"integer": [0, 4, 2]}},
    }
)


def draw_at_random(space: Space, generator: random.Random) -> dict[str, dict[str, Any]]:
    def choose(_name: str, domain: Domain) -> Any:
        values = domain.values()
        return generator.uniform(domain.lowest, domain.highest) if values is None else generator.choice(values)

    return space.draw(choose)


def test_an_empty_space_is_the_point_of_plain_pugd() -> None:
    def choose(name: str, domain: Domain) -> Any:
        raise AssertionError(f"{name} is fixed, but {domain} was asked for")

    drawn = Space().draw(choose)
    assert drawn["radius"] == drawn["scale"] == {"shape": "constant", "value": 1.0}
    assert drawn["timing"] == {"rule": "epoch", "switch_epoch": 0}
    assert Space().grid() == [{}]


def test_a_draw_asks_in_a_fixed_order_and_only_for_what_is_used() -> None:
    asked: list[str] = []

    def choose(name: str, domain: Domain) -> Any:
        asked.append(name)
        return "sine" if name.endswith(".shape") else domain.highest

    FINITE.draw(choose)
    assert asked == ["radius.shape", "radius.beta_min", "timing.switch_epoch"]


def test_the_grid_holds_every_point_once_in_a_fixed_order() -> None:
    grid = FINITE.grid()
    constant = [{"radius.shape": "constant", "radius.value": value} for value in (1.0, 2.0)]
    sine = [{"radius.shape": "sine", "radius.beta_min": value} for value in (0.1, 0.2, 0.3)]
    wanted = itertools.product([*constant, *sine], (0, 2, 4))
    assert grid == [{**radius, "timing.switch_epoch": epoch} for radius, epoch in wanted]
    assert len({json.dumps(point) for point in grid}) == len(grid) == FINITE.size() == 15


def test_the_points_of_a_grid_can_be_drawn() -> None:
    for point in FINITE.grid():
        drawn = FINITE.draw(lambda name, _domain, point=point: point[name])  # type: ignore[misc]
        assert drawn["timing"]["switch_epoch"] == point["timing.switch_epoch"]
        assert drawn["radius"]["shape"] == point["radius.shape"]


def test_a_grid_of_a_continuous_space_is_refused_with_the_setting() -> None:
    space = Space.model_validate({"scale": {"value": {"loguniform": [0.1, 1.0]}}})
    assert space.scale.value == LogUniform(0.1, 1.0)
    assert space.size() is None
    with pytest.raises(ValueError, match=r"scale.value: must be a value, a list of values or"):
        space.grid()


def test_a_grid_may_have_as_many_points_as_the_limit_and_no_more() -> None:
    assert len(FINITE.grid(limit=15)) == 15
    with pytest.raises(ValueError, match="must have <= 14 points for the grid sampler, but got 15"):
        FINITE.grid(limit=14)
    with pytest.raises(ValueError, match="must have <= 100000 points"):
        Space.model_validate({"timing": {"switch_epoch": {"integer": [0, 10**5]}}}).grid()
