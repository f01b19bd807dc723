"""The settings of the scale: a schedule, or a rule that adapts it to the training step by step."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from trainables.core.settings.schedule_config import SHAPE_PARAMETERS, ScheduleConfig
from trainables.core.settings.section import AtMost, one_of, require

ADAPTIVE = "adaptive"
SCALE_SHAPES: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {**SHAPE_PARAMETERS, ADAPTIVE: ("value", "rule", "beta_min", "beta_max")}
)
"""Shape of the scale -> the parameters that it needs, in the order in which a search space draws them."""
SCALE_RULES = ("norm_ratio", "cosine", "batch_variance")
DEFAULT_WINDOW, MOST_WINDOW = 20, 1_000_000


@dataclass(frozen=True)
class ScaleConfig(ScheduleConfig):
    """The scale: a function of the epoch as the radius is, or adaptive."""

    shapes: ClassVar[Mapping[str, tuple[str, ...]]] = SCALE_SHAPES
    may: ClassVar[tuple[str, ...]] = ("window",)

    rule: str | None = None
    """For adaptive: norm_ratio, cosine or batch_variance. The scale of a step is value times the rule's factor, but at
    least beta_min and at most beta_max."""
    window: Annotated[int, AtMost(MOST_WINDOW)] | None = None
    """For batch_variance: number of PUGD steps over which the variance of the gradient norm is taken, in [2, 1000000].
    Default: 20."""

    def __post_init__(self) -> None:
        adaptive = self.rule == "batch_variance"
        require(self.window is None or adaptive, "window", "is used by batch_variance alone: leave it out", self.window)
        if adaptive and self.window is None:
            object.__setattr__(self, "window", DEFAULT_WINDOW)
        super().__post_init__()
        require(self.rule in (None, *SCALE_RULES), "rule", one_of(SCALE_RULES), self.rule)
        require(self.window is None or self.window >= 2, "window", "must be >= 2", self.window)
