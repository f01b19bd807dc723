"""The settings of the base update, which every method feeds with its gradient."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from trainables.core.settings.section import OneOf, Section, one_of, require, require_exactly

OPTIMIZER_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"sgd": ("nesterov",), "adamw": ("betas", "eps")}
)
"""Base update -> the parameters that it uses, in the order in which a search space draws them."""
DEFAULTS: Mapping[str, object] = types.MappingProxyType({"nesterov": False, "betas": (0.9, 0.999), "eps": 1e-8})
"""Parameter -> its value when it is left out. Those of AdamW are torch's."""


@dataclass(frozen=True)
class OptimizerConfig(Section):
    """The base update: what is done with the gradient that SGD, PUGD, SAM and the other methods compute."""

    name: Annotated[str, OneOf(tuple(OPTIMIZER_PARAMETERS))] = "sgd"
    """sgd (with training.momentum) or adamw (Loshchilov & Hutter 2019). PUGD over adamw is an extension of this
    program: the unit gradient takes the place of the gradient."""
    nesterov: bool | None = None
    """For sgd: whether momentum is Nesterov's; it needs training.momentum > 0. Default: false."""
    betas: tuple[float, ...] | None = None
    """For adamw: the factors by which the averages of the gradient and of its square are multiplied in each step, two
    numbers in [0, 1). Default: [0.9, 0.999]."""
    eps: float | None = None
    """For adamw: added to the root of the averaged square, > 0. Default: 1e-8."""
    decay_norm_and_bias: bool = True
    """false: no weight decay for biases, the weights of normalisation layers and all other parameters of one dimension.
    true (default): weight decay for all parameters."""

    def __post_init__(self) -> None:
        require(self.name in OPTIMIZER_PARAMETERS, "name", one_of(OPTIMIZER_PARAMETERS), self.name)
        used = OPTIMIZER_PARAMETERS[self.name]
        for name, value in DEFAULTS.items():
            if name in used and getattr(self, name) is None:
                object.__setattr__(self, name, value)
        require_exactly(self, used, self.name)
        if self.betas is not None:
            legal = len(self.betas) == 2 and all(0.0 <= beta < 1.0 for beta in self.betas)
            require(legal, "betas", "must be two numbers in [0, 1)", list(self.betas))
        require(self.eps is None or 0.0 < self.eps < float("inf"), "eps", "must be > 0 and finite", self.eps)

    def check(self, momentum: float, weight_decay: float) -> None:
        """Refuse what does not fit training.momentum and training.weight_decay. Raises: ConfigError."""
        require(not self.nesterov or momentum > 0.0, "nesterov", "needs training.momentum > 0", self.nesterov)
        told = self.decay_norm_and_bias
        require(told or weight_decay > 0.0, "decay_norm_and_bias", "needs training.weight_decay > 0", told)
