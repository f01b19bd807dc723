"""The settings of the switch from SGD to PUGD."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from trainables.core.settings.section import AtMost, Epochs, Section, one_of, require, require_exactly

RULE_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "epoch": ("switch_epoch",),
        "gradient_variance": ("window", "decay", "start"),
        "generalization_gap": ("base_epochs", "ratio", "period"),
    }
)
"""Switch rule -> the parameters that it uses, in the order in which a search space draws them."""
OF_EVERY_RULE = ("every", "stop_epoch")
"""The parameters that may be given with any rule."""

LEAST = types.MappingProxyType(
    {"switch_epoch": 0, "window": 2, "start": 0, "base_epochs": 1, "period": 1, "every": 1, "stop_epoch": 1}
)
"""Count -> its smallest value."""
MOST_BETWEEN = 1_000_000


@dataclass(frozen=True)
class TimingConfig(Section):
    """When training changes from SGD to PUGD: a rule, and exactly the parameters that it uses."""

    rule: str = "epoch"
    """epoch, gradient_variance or generalization_gap."""
    switch_epoch: Epochs | None = None
    """For epoch: the first PUGD epoch, in [0, training.epochs]. 0 is PUGD from the beginning; training.epochs is plain
    SGD."""
    window: Annotated[int, AtMost(1_000_000)] | None = None
    """For gradient_variance: number of mini-batches over which the variance of the gradient norm is taken, in
    [2, 1000000]."""
    decay: float | None = None
    """For gradient_variance: PUGD starts when the variance falls below this factor times the variance at the start of
    training, > 0."""
    start: Epochs | None = None
    """For gradient_variance: length in epochs of the start of training, in [0, 100000]. 0 takes the first `window`
    mini-batches instead."""
    base_epochs: Epochs | None = None
    """For generalization_gap: the base gap is the mean gap between training and validation loss over this many first
    epochs, in [1, 100000]."""
    ratio: float | None = None
    """For generalization_gap: PUGD starts when the gap is larger than this many times the base gap, > 0."""
    period: Epochs | None = None
    """For generalization_gap: the gap is compared after every `period` epochs, in [1, 100000]."""
    every: Annotated[int, AtMost(MOST_BETWEEN)] | None = None
    """From the switch on, one step in this many is a PUGD step and the others are SGD steps, in [1, 1000000]. Steps are
    counted from 0 at the beginning of the training, and those whose number is a multiple of `every` are PUGD steps.
    Default: 1, all of them."""
    stop_epoch: Epochs | None = None
    """The first epoch that is SGD again, in [1, 100000], after switch_epoch and at most training.epochs. Default: PUGD
    until the end."""

    def __post_init__(self) -> None:
        require(self.rule in RULE_PARAMETERS, "rule", one_of(RULE_PARAMETERS), self.rule)
        require_exactly(self, RULE_PARAMETERS[self.rule], self.rule, OF_EVERY_RULE)
        for name, least in LEAST.items():
            count = getattr(self, name)
            require(count is None or count >= least, name, f"must be >= {least}", count)
        for name in ("decay", "ratio"):
            factor = getattr(self, name)
            require(factor is None or 0.0 < factor < float("inf"), name, "must be > 0 and finite", factor)
        if self.switch_epoch is not None and self.stop_epoch is not None:
            rule = f"must be > switch_epoch ({self.switch_epoch})"
            require(self.stop_epoch > self.switch_epoch, "stop_epoch", rule, self.stop_epoch)
        self.check_bounds()

    @property
    def start_alone(self) -> "TimingConfig":
        """The settings that decide when PUGD starts, without those that act only from then on."""
        return replace(self, every=None, stop_epoch=None)
