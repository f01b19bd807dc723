"""The settings of the learning rate over the epochs."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

from trainables.core.settings.section import Epochs, OneOf, Section, one_of, require, require_exactly

WARM_UP = ("warmup_epochs", "warmup_factor")
LR_SCHEDULE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "constant": WARM_UP,
        "cosine": ("min_lr", *WARM_UP),
        "linear": ("min_lr", *WARM_UP),
        "step": ("milestones", "gamma", *WARM_UP),
        "one_cycle": ("pct_start", "div_factor", "final_div_factor"),
        "cosine_restarts": ("T_0", "T_mult", "min_lr", *WARM_UP),
    }
)
"""Learning rate schedule -> the parameters that it uses, in the order in which a search space draws them."""
LR_SCHEDULES = tuple(LR_SCHEDULE_PARAMETERS)
LR_SCHEDULES_BY_NAME = ("constant", "cosine", "linear", "one_cycle")
"""Those whose name alone is enough; the others need a parameter."""
DEFAULTS: Mapping[str, float] = types.MappingProxyType(
    {
        "warmup_epochs": 0.0,
        "warmup_factor": 0.0,
        "min_lr": 0.0,
        "gamma": 0.1,
        "pct_start": 0.3,
        "div_factor": 25.0,
        "final_div_factor": 1e4,
        "T_mult": 1,
    }
)
"""Parameter -> its value when it is left out. milestones and T_0 have none: step and cosine_restarts need them."""


@dataclass(frozen=True)
class LrScheduleConfig(Section):
    """The learning rate as a function of the epoch: a name, and exactly the parameters that this schedule uses."""

    name: Annotated[str, OneOf(LR_SCHEDULES)] = "cosine"
    """constant, cosine (falls to min_lr along half a cosine), linear (falls to min_lr in a straight line), step (is
    multiplied by gamma at each milestone), one_cycle (rises to training.lr and falls again, from step to step) or
    cosine_restarts (falls to min_lr in cycles)."""
    milestones: tuple[float, ...] | None = None
    """For step: the epochs at which the learning rate falls, in rising order. Numbers below 1 are shares of training,
    such as [0.5, 0.75]. Numbers from 1 on count epochs from the start of training, such as [30, 60]."""
    gamma: float | None = None
    """For step: the factor by which the learning rate is multiplied at a milestone, in (0, 1]. Default: 0.1."""
    pct_start: float | None = None
    """For one_cycle: the share of training in which the learning rate rises, in (0, 1). Default: 0.3."""
    div_factor: float | None = None
    """For one_cycle: training starts with training.lr divided by this, >= 1. Default: 25."""
    final_div_factor: float | None = None
    """For one_cycle: training ends with the first learning rate divided by this, >= 1. Default: 10000."""
    T_0: float | None = None
    """For cosine_restarts: length of the first cycle in epochs, > 0."""
    T_mult: Epochs | None = None
    """For cosine_restarts: each cycle is this many times as long as the one before, in [1, 100000]. Default: 1."""
    min_lr: float | None = None
    """For cosine, linear and cosine_restarts: the learning rate at the end of training or of a cycle, >= 0 and
    <= training.lr. Default: 0."""
    warmup_epochs: float | None = None
    """Length of the warm-up in epochs, >= 0 and < training.epochs: the learning rate rises in a straight line from step
    to step, from warmup_factor times training.lr to training.lr. cosine, linear and cosine_restarts begin after it.
    one_cycle has a rise of its own. Default: 0, no warm-up."""
    warmup_factor: float | None = None
    """The first step's learning rate divided by training.lr in a warm-up, in [0, 1). Default: 0."""

    def __post_init__(self) -> None:
        require(self.name in LR_SCHEDULE_PARAMETERS, "name", one_of(LR_SCHEDULES), self.name)
        used = LR_SCHEDULE_PARAMETERS[self.name]
        for name, value in DEFAULTS.items():
            if name in used and getattr(self, name) is None:
                object.__setattr__(self, name, value)
        require_exactly(self, used, self.name)
        self._check_numbers()
        if not self.warmup_epochs:
            rule = "is not used without warmup_epochs: leave it out"
            require(not self.warmup_factor, "warmup_factor", rule, self.warmup_factor)
        if self.milestones is not None:
            self._check_milestones(self.milestones)
        self.check_bounds()

    def _check_numbers(self) -> None:
        for name in ("warmup_epochs", "min_lr"):
            number = getattr(self, name)
            require(number is None or 0.0 <= number < float("inf"), name, "must be >= 0 and finite", number)
        for name in ("div_factor", "final_div_factor"):
            number = getattr(self, name)
            require(number is None or 1.0 <= number < float("inf"), name, "must be >= 1 and finite", number)
        factor, share, first = self.warmup_factor, self.pct_start, self.T_0
        require(factor is None or 0.0 <= factor < 1.0, "warmup_factor", "must be in [0, 1)", factor)
        require(self.gamma is None or 0.0 < self.gamma <= 1.0, "gamma", "must be in (0, 1]", self.gamma)
        require(share is None or 0.0 < share < 1.0, "pct_start", "must be in (0, 1)", share)
        require(first is None or 0.0 < first < float("inf"), "T_0", "must be > 0 and finite", first)
        require(self.T_mult is None or self.T_mult >= 1, "T_mult", "must be >= 1", self.T_mult)

    def _check_milestones(self, milestones: tuple[float, ...]) -> None:
        given = list(milestones)
        require(bool(given), "milestones", "must have at least one milestone", given)
        require(all(0.0 < place < float("inf") for place in given), "milestones", "must be > 0 and finite", given)
        rising = all(before < after for before, after in pairwise(given))
        require(rising, "milestones", "must be in rising order", given)
        alike = (given[-1] < 1.0) == (given[0] < 1.0)
        require(alike, "milestones", "must be all shares of training (< 1) or all epochs (>= 1)", given)

    def check(self, lr: float, epochs: int) -> None:
        """Refuse what does not fit a training of so many epochs at the learning rate lr. Raises: ConfigError."""
        warm, least = self.warmup_epochs or 0.0, self.min_lr or 0.0
        require(warm < epochs, "warmup_epochs", f"must be < training.epochs ({epochs})", warm)
        require(least <= lr, "min_lr", f"must be <= training.lr ({lr})", least)
        rule = f"must be <= the {epochs - warm:g} epochs that are left after the warm-up"
        require(self.T_0 is None or epochs - warm >= self.T_0, "T_0", rule, self.T_0)
        places = self.milestone_epochs(epochs)
        if places:
            given = list(self.milestones or ())
            require(places[-1] < epochs, "milestones", f"must be < training.epochs ({epochs})", given)
            require(places[0] >= warm, "milestones", f"must not lie in the warm-up ({warm:g} epochs)", given)

    def milestone_epochs(self, epochs: int) -> tuple[float, ...]:
        """The milestones in epochs; empty for other schedules than step."""
        return tuple(place * epochs if place < 1.0 else place for place in self.milestones or ())

    def stretched(self, epochs: int, to: int) -> "LrScheduleConfig":
        """Return the schedule of a training of `epochs` epochs for one of `to` epochs.

        Everything that is given in epochs is multiplied by to / epochs; milestones become shares of training.
        """
        changes: dict[str, object] = {}
        for name in ("warmup_epochs", "T_0"):
            if getattr(self, name):
                changes[name] = getattr(self, name) * to / epochs
        if self.milestones is not None:
            changes["milestones"] = tuple(place / epochs for place in self.milestone_epochs(epochs))
        return replace(self, **changes)  # type: ignore[arg-type]
