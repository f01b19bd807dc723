"""The whole space of a sweep: radius, scale and timing, drawn in a fixed order or listed as a grid."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search_spaces.conditional_space import Choose
from search_spaces.domains import Domain
from search_spaces.schedule_space import ScheduleSpace
from search_spaces.timing_space import TimingSpace
from trainables.core.settings.section import ConfigError, require

GRID_LIMIT = 100_000
"""A grid of more points than this is a mistake: nobody trains so many."""


def _pugd_schedule() -> ScheduleSpace:
    return ScheduleSpace.model_validate({"value": 1.0})


def _pugd_timing() -> TimingSpace:
    return TimingSpace.model_validate({"switch_epoch": 0})


class Space(BaseModel):
    """What a sweep tries; a part that is left out is that of plain PUGD (radius 1, scale 1, from epoch 0)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    radius: ScheduleSpace = Field(default_factory=_pugd_schedule)
    """The perturbation radius over the epochs."""
    scale: ScheduleSpace = Field(default_factory=_pugd_schedule)
    """The weight of the original gradient over the epochs."""
    timing: TimingSpace = Field(default_factory=_pugd_timing)
    """When PUGD starts."""

    def draw(self, choose: Choose) -> dict[str, dict[str, Any]]:
        """Draw one point, part by part in the order radius, scale, timing.

        `choose` gets a dotted name such as radius.beta_min and the domain, and returns one of the domain's values. It
        is asked only for what is not fixed and, given what was drawn before, is used.
        """
        return {
            "radius": self.radius.draw(choose, "radius"),
            "scale": self.scale.draw(choose, "scale"),
            "timing": self.timing.draw(choose, "timing"),
        }

    def size(self) -> int | None:
        """How many points there are; None when they cannot be counted."""
        sizes = [self.radius.size(), self.scale.size(), self.timing.size()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def check_grid(self, limit: int = GRID_LIMIT) -> None:
        """Refuse a space that cannot be listed. Raises: ConfigError at the setting that has too many values."""
        rule = "must be a value, a list of values or {integer: [low, high]} for the grid sampler"
        for place, part in (("radius", self.radius), ("scale", self.scale), ("timing", self.timing)):
            for name, domain in part.uncountable():
                raise ConfigError(f"{place}.{name}", rule, domain.plain())
        size = self.size() or 1
        require(size <= limit, "", f"must have <= {limit} points for the grid sampler", size)

    def grid(self, limit: int = GRID_LIMIT) -> list[dict[str, Any]]:
        """All points in the order of their settings, each as dotted name -> value of what is not fixed.

        Raises:
            ConfigError: a domain cannot be listed, or there are more than `limit` points.
        """
        self.check_grid(limit)
        points: list[dict[str, Any]] = []
        listed: dict[str, tuple[Any, ...]] = {}
        turns: list[int] | None = []
        while turns is not None:
            odometer = _Odometer(turns, listed)
            self.draw(odometer.choose)
            points.append(odometer.point)
            turns = odometer.next_turns()
        return points

    def branch_epochs(self) -> frozenset[int]:
        """Numbers of SGD epochs after which trials of this space part: its known switch epochs."""
        return self.timing.switch_epochs()


class _Odometer:
    """Draws the point at the given turns, one turn for each question; questions beyond them get the first value."""

    def __init__(self, turns: list[int], listed: dict[str, tuple[Any, ...]]) -> None:
        """`listed` keeps the values of every domain by its name, from one point to the next."""
        self._turns, self._listed, self._counts = turns, listed, list[int]()
        self.point: dict[str, Any] = {}

    def choose(self, name: str, domain: Domain) -> Any:
        if name not in self._listed:
            self._listed[name] = domain.values() or ()
        values, asked = self._listed[name], len(self._counts)
        self._counts.append(len(values))
        if asked == len(self._turns):
            self._turns.append(0)
        self.point[name] = values[self._turns[asked]]
        return self.point[name]

    def next_turns(self) -> list[int] | None:
        """The turns of the next point; None after the last."""
        turns = list(self._turns)
        while turns and turns[-1] + 1 == self._counts[len(turns) - 1]:
            turns.pop()
        return [*turns[:-1], turns[-1] + 1] if turns else None
