"""The space of the timing: when PUGD starts."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import RULE_PARAMETERS, TimingConfig
from trainables.core.settings.section import Section, require


class TimingSpace(ConditionalSpace):
    """The starts of PUGD to try: the switch rules, and a domain for exactly the parameters they use."""

    selector: ClassVar[str] = "rule"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = RULE_PARAMETERS
    section: ClassVar[type[Section]] = TimingConfig

    rule: Annotated[Domain, *written("text", RULE_PARAMETERS)] = Field(default_factory=lambda: Fixed("epoch"))
    """The switch rule: epoch (default), gradient_variance or generalization_gap, or a list of them."""
    switch_epoch: Annotated[Domain, *written("integer")] | None = None
    """For epoch: the first PUGD epoch, in [0, training.epochs]. 0 is PUGD from the beginning; training.epochs is plain
    SGD."""
    window: Annotated[Domain, *written("integer")] | None = None
    """For gradient_variance: number of mini-batches over which the variance of the gradient norm is taken, >= 2."""
    decay: Annotated[Domain, *written("number")] | None = None
    """For gradient_variance: PUGD starts when the variance falls below this factor times the variance at the start of
    training, > 0."""
    start: Annotated[Domain, *written("integer")] | None = None
    """For gradient_variance: length in epochs of the start of training, >= 0. 0 takes the first `window` mini-batches
    instead."""
    base_epochs: Annotated[Domain, *written("integer")] | None = None
    """For generalization_gap: the base gap is the mean gap between training and validation loss over this many first
    epochs, >= 1."""
    ratio: Annotated[Domain, *written("number")] | None = None
    """For generalization_gap: PUGD starts when the gap is larger than this many times the base gap, > 0."""
    period: Annotated[Domain, *written("integer")] | None = None
    """For generalization_gap: the gap is compared after every `period` epochs, >= 1."""

    def check(self, epochs: int) -> None:
        """Check that no switch epoch is after the end of training. Raises: ConfigError at `switch_epoch`."""
        if self.switch_epoch is not None:
            highest = self.switch_epoch.highest
            require(highest <= epochs, "switch_epoch", f"must be <= training.epochs ({epochs})", highest)

    def switch_epochs(self) -> frozenset[int]:
        """Return all switch epochs of the rule `epoch`, which are known before training. Call `check` before."""
        return frozenset(() if self.switch_epoch is None else self.switch_epoch.values() or ())
