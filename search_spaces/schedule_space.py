"""The space of a schedule: of the radius or of the scale."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import ORIGINS, SHAPE_PARAMETERS, ScheduleConfig
from trainables.core.settings.section import Section


class ScheduleSpace(ConditionalSpace):
    """The schedules of the radius or the scale to try: the shapes, and a domain for exactly the parameters they use."""

    selector: ClassVar[str] = "shape"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = SHAPE_PARAMETERS
    section: ClassVar[type[Section]] = ScheduleConfig

    shape: Annotated[Domain, *written("text", SHAPE_PARAMETERS)] = Field(default_factory=lambda: Fixed("constant"))
    """Shape of the schedule: constant (default), cosine, inverse_sine, sine, inverse_cosine, cyclic_cosine, linear or
    step, or a list of them."""
    value: Annotated[Domain, *written("number")] | None = None
    """For constant: the value in every epoch, >= 0."""
    beta_min: Annotated[Domain, *written("number")] | None = None
    """Smallest value of the shape, >= 0. The inverse shapes move between 1 / beta_max and 1 / beta_min instead;
    inverse_sine begins at 1 / beta_min, so there it must be > 0."""
    beta_max: Annotated[Domain, *written("number")] | None = None
    """Largest value of the shape, > 0. No value of this domain may be below any value of beta_min. step begins with
    it."""
    origin: Annotated[Domain, *written("text", ORIGINS)] | None = None
    """The epoch in which the schedule begins: training (default: epoch 0) or switch (the first PUGD epoch), or a list
    of both."""
    T_0: Annotated[Domain, *written("integer")] | None = None
    """For cyclic_cosine: length of the first cycle in epochs, >= 1."""
    T_mult: Annotated[Domain, *written("integer")] | None = None
    """For cyclic_cosine: each cycle is this many times as long as the one before, >= 1."""
    step_size: Annotated[Domain, *written("integer")] | None = None
    """For step: the value is multiplied by gamma after every `step_size` epochs, >= 1."""
    gamma: Annotated[Domain, *written("number")] | None = None
    """For step: the factor by which the value is multiplied, in (0, 1]."""
