"""The space of the timing: when PUGD starts."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import RULE_PARAMETERS, TimingConfig
from trainables.core.settings.section import Section, require
from trainables.core.settings.timing_config import OF_EVERY_RULE


class TimingSpace(ConditionalSpace):
    """The starts of PUGD to try: the switch rules, and a domain for exactly the parameters they use."""

    selector: ClassVar[str] = "rule"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {
        rule: (*used, *OF_EVERY_RULE) for rule, used in RULE_PARAMETERS.items()
    }
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
    every: Annotated[Domain, *written("integer")] | None = None
    """For any rule: from the switch on, one step in this many is a PUGD step and the others are SGD steps, >= 1. Steps
    are counted from the beginning of the training. Default: 1, all of them."""
    stop_epoch: Annotated[Domain, *written("integer")] | None = None
    """For any rule: the first epoch that is SGD again, <= training.epochs. No value of this domain may be at or below
    any value of switch_epoch. Default: PUGD until the end."""

    def check(self, epochs: int) -> None:
        """Check that no switch and no stop is after the end of training. Raises: ConfigError at the setting."""
        for name in ("switch_epoch", "stop_epoch"):
            domain = self.domain(name)
            highest = 0 if domain is None else domain.highest
            require(highest <= epochs, name, f"must be <= training.epochs ({epochs})", highest)

    def switch_epochs(self) -> frozenset[int]:
        """Return all switch epochs of the rule `epoch`, which are known before training. Call `check` before."""
        return frozenset(() if self.switch_epoch is None else self.switch_epoch.values() or ())

    def stop_epochs(self) -> frozenset[int]:
        """Return all stop epochs. Call `check` before."""
        return frozenset(() if self.stop_epoch is None else self.stop_epoch.values() or ())
