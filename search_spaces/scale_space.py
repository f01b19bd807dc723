"""The space of the scale: that of a schedule, and the rules that adapt the scale to the training."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from search_spaces.schedule_space import ScheduleSpace
from trainables.core.settings.scale_config import ADAPTIVE, SCALE_RULES, SCALE_SHAPES, ScaleConfig
from trainables.core.settings.section import Section


class ScaleSpace(ScheduleSpace):
    """The schedules and rules of the scale to try, and a domain for exactly the parameters they use."""

    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **SCALE_SHAPES,
        ADAPTIVE: (*SCALE_SHAPES[ADAPTIVE], *ScaleConfig.may),
    }
    section: ClassVar[type[Section]] = ScaleConfig

    shape: Annotated[Domain, *written("text", SCALE_SHAPES)] = Field(default_factory=lambda: Fixed("constant"))
    """Shape of the schedule: constant (default), cosine, inverse_sine, sine, inverse_cosine, cyclic_cosine, linear or
    step, or adaptive, which follows the training step by step; or a list of them."""
    value: Annotated[Domain, *written("number")] | None = None
    """For constant: the value in every epoch, >= 0. For adaptive: the factor of the rule's value, >= 0."""
    rule: Annotated[Domain, *written("text", SCALE_RULES)] | None = None
    """For adaptive: norm_ratio, cosine or batch_variance, or a list of them. The scale of a step stays between beta_min
    and beta_max."""
    window: Annotated[Domain, *written("integer")] | None = None
    """For batch_variance: number of PUGD steps over which the variance of the gradient norm is taken, >= 2. Default:
    20."""
