"""What the start of PUGD may be drawn from."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import written
from search_spaces.domains import Domain, Fixed
from trainables.core.settings.config import RULE_PARAMETERS, TimingConfig
from trainables.core.settings.section import Section, require


class TimingSpace(ConditionalSpace):
    """A domain for exactly the parameters that its rules use; see TimingConfig for their meaning."""

    selector: ClassVar[str] = "rule"
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = RULE_PARAMETERS
    section: ClassVar[type[Section]] = TimingConfig

    rule: Annotated[Domain, *written("text", RULE_PARAMETERS)] = Field(default_factory=lambda: Fixed("epoch"))
    """epoch, gradient_variance or generalization_gap, or a list of them."""
    switch_epoch: Annotated[Domain, *written("integer")] | None = None
    """epoch: the first PUGD epoch, in [0, training.epochs]; 0 is pure PUGD, training.epochs is pure SGD."""
    window: Annotated[Domain, *written("integer")] | None = None
    """gradient_variance: number of mini-batches over which the variance of the gradient norm is taken, >= 2."""
    decay: Annotated[Domain, *written("number")] | None = None
    """gradient_variance: the reference is this factor times the variance over the start, > 0."""
    start: Annotated[Domain, *written("integer")] | None = None
    """gradient_variance: the start is all steps of the first `start` epochs, >= 0; 0 is the first `window` steps."""
    base_epochs: Annotated[Domain, *written("integer")] | None = None
    """generalization_gap: epochs over which the base gap is averaged, >= 1."""
    ratio: Annotated[Domain, *written("number")] | None = None
    """generalization_gap: PUGD starts once the gap exceeds this multiple of the base gap, > 0."""
    period: Annotated[Domain, *written("integer")] | None = None
    """generalization_gap: the gap is looked at every `period` epochs, >= 1."""

    def check(self, epochs: int) -> None:
        """Refuse a switch epoch behind the end of training. Raises: ConfigError at `switch_epoch`."""
        if self.switch_epoch is not None:
            highest = self.switch_epoch.highest
            require(highest <= epochs, "switch_epoch", f"must be <= training.epochs ({epochs})", highest)

    def switch_epochs(self) -> frozenset[int]:
        """The switch epochs that are known before training; `check` bounds their number."""
        return frozenset(() if self.switch_epoch is None else self.switch_epoch.values() or ())
