"""The class of a space is made from any section: a new setting is searchable, and choices decide what else is drawn."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from search_spaces.domains import Domain
from search_spaces.made_spaces import Maker
from search_spaces.section_space import SectionSpace
from trainables.core.settings.section import Section, require_exactly

PARAMETERS = {"flat": (), "steps": ("places", "gamma")}


@dataclass(frozen=True)
class Course(Section):
    """A section with a choice."""

    name: str = "flat"
    """The choice."""
    places: tuple[float, ...] | None = None
    """For steps: a list."""
    gamma: float | None = None
    """For steps: a number."""
    warm: bool = False
    """For both."""

    def __post_init__(self) -> None:
        require_exactly(self, PARAMETERS[self.name], self.name)


@dataclass(frozen=True)
class Outer(Section):
    """A section with sections inside."""

    rate: float
    """A number."""
    course: str | Course = "flat"
    """A name or a section."""
    other: Course | None = field(default=None)
    """A section that may be left out."""
    seed: int = 0
    """Not searched."""


Space: Any = Maker({Course: ("name", PARAMETERS)}, {}, {Outer: ("seed",)}).space_of(Outer, "outer")


def drawn(values: dict[str, Any], kind: str) -> dict[str, Any]:
    def choose(name: str, domain: Domain) -> Any:
        return kind if name.endswith(".name") else domain.lowest

    space: SectionSpace = Space.model_validate(values)
    return space.draw(choose, "outer")


def test_a_choice_decides_what_is_drawn_and_what_both_use_is_always_drawn() -> None:
    course = {"name": ["flat", "steps"], "places": [0.5, 0.75], "gamma": [0.1, 0.5], "warm": [False, True]}
    assert drawn({"course": course}, "flat") == {"course": {"name": "flat", "warm": False}}
    steps = {"name": "steps", "places": (0.5, 0.75), "gamma": 0.1, "warm": False}
    assert drawn({"course": course}, "steps") == {"course": steps}


def test_a_name_or_a_list_of_names_is_short_for_the_choice() -> None:
    assert drawn({"course": ["flat"], "rate": 1}, "flat") == {"rate": 1.0, "course": {"name": "flat"}}
    assert drawn({"other": {"warm": True}}, "flat") == {"other": {"name": "flat", "warm": True}}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"seed": 1}, "Extra inputs"),
        ({"course": "step"}, r"must be one of flat, steps \(did you mean steps\?\)"),
        ({"course": {"name": "flat", "gamma": 0.1}}, "gamma: is not used by flat"),
        ({"course": {"name": "steps", "gamma": 0.1}}, "places: is needed by steps"),
        ({"course": {"name": "steps", "gamma": 0.1, "places": 0.5}}, "must be a list of numbers, which is the same"),
    ],
)
def test_an_illegal_space_is_refused(values: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Space.model_validate(values)


def test_a_chosen_section_replaces_the_section_s_own() -> None:
    space: SectionSpace = Space.model_validate({"course": ["flat"]})
    own = {"rate": 1.0, "course": {"name": "steps", "places": (0.5,), "gamma": 0.1, "warm": False}}
    assert space.merged(own, {"course": {"name": "flat"}}) == {"rate": 1.0, "course": {"name": "flat"}}
