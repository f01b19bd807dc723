"""What the schedule of the radius, or of the scale, may be drawn from."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import ORIGINS, SHAPE_PARAMETERS, ScheduleConfig
from trainables.core.settings.section import Section


class ScheduleSpace(ConditionalSpace):
    """A domain for exactly the parameters that its shapes use; see ScheduleConfig for their meaning."""

    selector: ClassVar[str] = "shape"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = SHAPE_PARAMETERS
    section: ClassVar[type[Section]] = ScheduleConfig

    shape: Annotated[Domain, *written("text", SHAPE_PARAMETERS)] = Field(default_factory=lambda: Fixed("constant"))
    """constant, cosine, inverse_sine, sine, inverse_cosine, cyclic_cosine, linear or step, or a list of them."""
    value: Annotated[Domain, *written("number")] | None = None
    """constant: the value in every epoch, >= 0."""
    beta_min: Annotated[Domain, *written("number")] | None = None
    """Lower end of the annealed quantity, >= 0; > 0 for inverse_sine, whose first value is 1 / beta_min."""
    beta_max: Annotated[Domain, *written("number")] | None = None
    """Upper end of the annealed quantity, > 0; its lowest value is >= the highest of beta_min."""
    origin: Annotated[Domain, *written("text", ORIGINS)] | None = None
    """Where t = 0: training (epoch 0; the default) or switch (the epoch in which PUGD starts), or a list of both."""
    T_0: Annotated[Domain, *written("integer")] | None = None
    """cyclic_cosine: epochs of the first cycle, >= 1."""
    T_mult: Annotated[Domain, *written("integer")] | None = None
    """cyclic_cosine: factor between the lengths of successive cycles, >= 1."""
    step_size: Annotated[Domain, *written("integer")] | None = None
    """step: epochs between two decays, >= 1."""
    gamma: Annotated[Domain, *written("number")] | None = None
    """step: factor of each decay, in (0, 1]."""
