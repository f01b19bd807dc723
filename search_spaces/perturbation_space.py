"""The space of the perturbation: which method decides where a step takes its second gradient."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import PerturbationConfig
from trainables.core.settings.perturbation_config import METHODS
from trainables.core.settings.section import Section, require


class PerturbationSpace(ConditionalSpace):
    """The perturbations to try: the methods, and a domain for exactly the parameters they use."""

    selector: ClassVar[str] = "kind"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {
        kind: (*method.parameters, *method.may) for kind, method in METHODS.items()
    }
    section: ClassVar[type[Section]] = PerturbationConfig

    kind: Annotated[Domain, *written("text", METHODS)] = Field(default_factory=lambda: Fixed("pugd"))
    """The method: pugd (default), sam, asam, amp, looksam, gsam, friendly_sam or path_sgd, or a list of them. Timing
    acts on each of them, the radius on all but path_sgd, and the scale on pugd only: trials of a method that differ in
    nothing but what does not act on it are the same trial."""
    eta: Annotated[Domain, *written("number")] | None = None
    """For asam: added to the absolute values of the weights, >= 0."""
    inner_lr: Annotated[Domain, *written("number")] | None = None
    """For amp: step size of one ascent, > 0."""
    inner_steps: Annotated[Domain, *written("integer")] | None = None
    """For amp: number of ascents in a step. It must be 1 here, so that no trial costs more than PUGD."""
    k: Annotated[Domain, *written("integer")] | None = None
    """For looksam: one step in this many takes two gradients, >= 1. It takes the place of timing.every."""
    alpha: Annotated[Domain, *written("number")] | None = None
    """For looksam: weight of the part of SAM's gradient that the steps between use again, >= 0. For gsam: weight of the
    descent on the surrogate gap, >= 0."""
    sigma: Annotated[Domain, *written("number")] | None = None
    """For friendly_sam: weight of the mean gradient that is taken off the direction of the perturbation, >= 0."""
    decay: Annotated[Domain, *written("number")] | None = None
    """For friendly_sam: decay of the mean gradient from step to step, in [0, 1)."""
    q: Annotated[Domain, *written("number")] | None = None
    """For pugd and sam: the norm of the perturbation's ball is p with 1/p + 1/q = 1, in [1, 100]. Default: 2."""

    @model_validator(mode="after")
    def _refuse_dearer_steps(self) -> Self:
        steps = self.inner_steps
        rule = "must be 1, since no trial may cost more than PUGD over training.epochs"
        require(steps is None or steps.highest == 1, "inner_steps", rule, steps and steps.plain())
        return self
