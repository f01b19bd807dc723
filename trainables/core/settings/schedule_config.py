"""The settings of a schedule of the radius or the scale."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from trainables.core.settings.section import Epochs, Section, one_of, require, require_exactly

SHAPE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "constant": ("value",),
        "cosine": ("beta_min", "beta_max", "origin"),
        "inverse_sine": ("beta_min", "beta_max", "origin"),
        "sine": ("beta_min", "beta_max", "origin"),
        "inverse_cosine": ("beta_min", "beta_max", "origin"),
        "cyclic_cosine": ("beta_min", "beta_max", "origin", "T_0", "T_mult"),
        "linear": ("beta_min", "beta_max", "origin"),
        "step": ("beta_max", "origin", "step_size", "gamma"),
    }
)
"""Schedule shape -> the parameters that it uses, in the order in which a search space draws them."""


ORIGINS = ("training", "switch")


@dataclass(frozen=True)
class ScheduleConfig(Section):
    """The radius or the scale as a function alpha(t) of the epoch: a shape, and exactly the parameters that it uses."""

    shapes: ClassVar[Mapping[str, tuple[str, ...]]] = SHAPE_PARAMETERS
    may: ClassVar[tuple[str, ...]] = ()
    """Parameters that may be left out."""

    shape: str = "constant"
    """constant, cosine, inverse_sine, sine, inverse_cosine, cyclic_cosine, linear or step."""
    value: float | None = None
    """For constant: the value in every epoch, >= 0."""
    beta_min: float | None = None
    """Smallest value of the shape, >= 0. The inverse shapes move between 1 / beta_max and 1 / beta_min instead;
    inverse_sine begins at 1 / beta_min, so there it must be > 0."""
    beta_max: float | None = None
    """Largest value of the shape, > 0 and >= beta_min. step begins with it."""
    origin: str | None = None
    """The epoch in which the schedule begins (t = 0): training (default: epoch 0) or switch (the first PUGD epoch)."""
    T_0: Epochs | None = None
    """For cyclic_cosine: length of the first cycle in epochs, in [1, 100000]."""
    T_mult: Epochs | None = None
    """For cyclic_cosine: each cycle is this many times as long as the one before, in [1, 100000]."""
    step_size: Epochs | None = None
    """For step: the value is multiplied by gamma after every `step_size` epochs, in [1, 100000]."""
    gamma: float | None = None
    """For step: the factor by which the value is multiplied, in (0, 1]."""

    def __post_init__(self) -> None:
        require(self.shape in self.shapes, "shape", one_of(self.shapes), self.shape)
        if "origin" in self.shapes[self.shape] and self.origin is None:
            object.__setattr__(self, "origin", "training")
        require_exactly(self, self.shapes[self.shape], self.shape, self.may)
        for name in ("value", "beta_min", "beta_max"):
            number = getattr(self, name)
            require(number is None or 0.0 <= number < float("inf"), name, "must be >= 0 and finite", number)
        if self.shape == "inverse_sine":
            require(bool(self.beta_min), "beta_min", "must be > 0 for inverse_sine", self.beta_min)
        if self.beta_max is not None:
            require(self.beta_max > 0.0, "beta_max", "must be > 0", self.beta_max)
        if self.beta_min is not None and self.beta_max is not None:
            rule = f"must be <= beta_max ({self.beta_max})"
            require(self.beta_min <= self.beta_max, "beta_min", rule, self.beta_min)
        require(self.origin in (None, *ORIGINS), "origin", one_of(ORIGINS), self.origin)
        for name in ("T_0", "T_mult", "step_size"):
            count = getattr(self, name)
            require(count is None or count >= 1, name, "must be >= 1", count)
        require(self.gamma is None or 0.0 < self.gamma <= 1.0, "gamma", "must be in (0, 1]", self.gamma)
        self.check_bounds()
