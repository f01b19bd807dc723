"""The whole search space of a sweep, drawn point by point or listed as a grid."""

import math
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search_spaces.domains import Domain
from search_spaces.model_space import ModelSpace
from search_spaces.part import Choose, Part
from search_spaces.perturbation_space import PerturbationSpace
from search_spaces.scale_space import ScaleSpace
from search_spaces.schedule_space import ScheduleSpace
from search_spaces.timing_space import TimingSpace
from search_spaces.training_space import TrainingSpace
from trainables.core.settings.section import ConfigError, require

GRID_LIMIT = 100_000
"""Most points of a grid. A larger grid is probably a mistake."""


def _pugd_schedule() -> ScheduleSpace:
    return ScheduleSpace.model_validate({"value": 1.0})


def _pugd_scale() -> ScaleSpace:
    return ScaleSpace.model_validate({"value": 1.0})


def _pugd_timing() -> TimingSpace:
    return TimingSpace.model_validate({"switch_epoch": 0})


class Space(BaseModel):
    """The settings to try. Where radius, scale or timing are left out, they are those of plain PUGD: radius 1, scale 1,
    from epoch 0. Other parts that are left out stay as the sweep file has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    radius: ScheduleSpace = Field(default_factory=_pugd_schedule)
    """The perturbation radius over the epochs. Default: constant 1, as in plain PUGD."""
    scale: ScaleSpace = Field(default_factory=_pugd_scale)
    """The weight of the unperturbed gradient over the epochs or steps. Default: constant 1, as in plain PUGD."""
    timing: TimingSpace = Field(default_factory=_pugd_timing)
    """When training changes from SGD to PUGD. Default: PUGD from epoch 0."""

    training: TrainingSpace | None = None
    """Settings of the training to try, such as lr. They must not be given in `training`, too."""
    model: ModelSpace | None = None
    """Options of the model to try, such as width for small."""
    perturbation: PerturbationSpace | None = None
    """The perturbation to try. Default: pugd."""

    @property
    def is_plain_pugd(self) -> bool:
        """Whether radius, scale, timing and the perturbation are those of plain PUGD in every trial."""
        own = (self.radius, self.scale, self.timing, self.perturbation)
        return own == (_pugd_schedule(), _pugd_scale(), _pugd_timing(), None)

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Yield the name and the space of each part that is drawn, in the order of the draws."""
        for name in type(self).model_fields:
            part = getattr(self, name)
            if part is not None:
                yield name, part

    def searched(self) -> dict[str, Domain]:
        """Dotted name -> domain of every setting that any draw may have, fixed ones too, in the order of the draws."""
        return {f"{place}.{name}": domain for place, part in self.parts() for name, domain in part.searched()}

    def draw(self, choose: Choose) -> dict[str, dict[str, Any]]:
        """Draw one point: radius, then scale, then timing, then the other parts that the space has.

        `choose` gets a dotted name such as radius.beta_min and its domain, and returns one value of the domain. It is
        called only for settings that are not fixed and that are used together with the values drawn before.
        """
        return {place: part.draw(choose, place) for place, part in self.parts()}

    def size(self) -> int | None:
        """Number of points; None when a domain is continuous."""
        sizes = [part.size() for _, part in self.parts()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def check_grid(self, limit: int = GRID_LIMIT) -> None:
        """Check that the space can be listed. Raises: ConfigError at a continuous setting, or for too many points."""
        rule = "must be a value, a list of values or {integer: [low, high]} for the grid sampler"
        for place, part in self.parts():
            for name, domain in part.uncountable():
                raise ConfigError(f"{place}.{name}", rule, domain.plain())
        size = self.size() or 1
        require(size <= limit, "", f"must have <= {limit} points for the grid sampler", size)

    def grid(self, limit: int = GRID_LIMIT) -> list[dict[str, Any]]:
        """Return all points, each as dotted name -> value of the settings that are not fixed.

        They are ordered as numbers are: the setting that is drawn last changes fastest.

        Raises:
            ConfigError: a domain is continuous, or there are more than `limit` points.
        """
        self.check_grid(limit)
        points: list[dict[str, Any]] = []
        listed: dict[str, tuple[Any, ...]] = {}
        indices: list[int] | None = []
        while indices is not None:
            point = _GridPoint(indices, listed)
            self.draw(point.choose)
            points.append(point.values)
            indices = point.next_indices()
        return points

    def branch_epochs(self) -> frozenset[int]:
        """Numbers of SGD epochs after which trials may take different settings: the switch epochs of the space."""
        return self.timing.switch_epochs()

    def stop_epochs(self) -> frozenset[int]:
        """Numbers of PUGD epochs after which some trials may be SGD again and others not."""
        return self.timing.stop_epochs()


class _GridPoint:
    """Draws one point of the grid: for the n-th setting that is drawn, the value at the n-th of the given indices.

    Settings beyond the given indices get their first value. Which settings are drawn depends on the values before, so
    the length of a point is only known once it has been drawn.
    """

    def __init__(self, indices: list[int], listed: dict[str, tuple[Any, ...]]) -> None:
        """`listed`: setting -> all its values; filled here, and passed on from one point to the next."""
        self._indices, self._listed, self._sizes = indices, listed, list[int]()
        self.values: dict[str, Any] = {}

    def choose(self, name: str, domain: Domain) -> Any:
        """Called by `Space.draw` for each setting that is not fixed; returns its value at this point."""
        if name not in self._listed:
            self._listed[name] = domain.values() or ()
        options, place = self._listed[name], len(self._sizes)
        self._sizes.append(len(options))
        if place == len(self._indices):
            self._indices.append(0)
        self.values[name] = options[self._indices[place]]
        return self.values[name]

    def next_indices(self) -> list[int] | None:
        """Return the indices of the next point; None after the last. Call it when this point has been drawn."""
        indices = list(self._indices)
        while indices and indices[-1] + 1 == self._sizes[len(indices) - 1]:
            indices.pop()
        return [*indices[:-1], indices[-1] + 1] if indices else None
