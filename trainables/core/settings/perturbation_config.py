"""The settings of the perturbation."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from trainables.core.settings.section import AtMost, Section, one_of, require, require_exactly


@dataclass(frozen=True)
class MethodSettings:
    """What a perturbation can be set to, with the published values."""

    radius: float
    """The published radius."""
    parameters: Mapping[str, float] = field(default_factory=lambda: types.MappingProxyType({}))
    """Parameter that must be given besides the radius -> its published value, in the order of a space's draws."""
    may: tuple[str, ...] = ()
    """Parameters that may be left out."""


def _published(**values: float) -> Mapping[str, float]:
    return types.MappingProxyType(values)


METHODS: Mapping[str, MethodSettings] = types.MappingProxyType(
    {
        "pugd": MethodSettings(1.0, may=("q",)),
        "sam": MethodSettings(0.05, may=("q",)),
        "asam": MethodSettings(0.5, _published(eta=0.01)),
        "amp": MethodSettings(0.5, _published(inner_lr=1.0, inner_steps=1)),
    }
)
"""Perturbation -> what it can be set to. Radii are the papers' values for CIFAR, for amp its epsilon."""
PERTURBATION_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {kind: tuple(method.parameters) for kind, method in METHODS.items()}
)
"""Perturbation -> the parameters that it needs besides the radius."""
MOST_INNER_STEPS = 1_000
LARGEST_Q = 100.0
PLAIN_Q = 2.0


@dataclass(frozen=True)
class PerturbationConfig(Section):
    """The method that decides where a step takes its second gradient: pugd, or one of the baselines."""

    kind: str = "pugd"
    """pugd, sam, asam or amp. The scale is used by pugd only."""
    eta: float | None = None
    """For asam: added to the absolute values of the weights, >= 0."""
    inner_lr: float | None = None
    """For amp: step size of one ascent, > 0."""
    inner_steps: Annotated[int, AtMost(MOST_INNER_STEPS)] | None = None
    """For amp: number of ascents in a step, in [1, 1000]. Each costs one gradient evaluation."""
    q: Annotated[float, AtMost(LARGEST_Q)] | None = None
    """For pugd and sam: the perturbation is the longest step up within a ball of the norm p with 1/p + 1/q = 1, in
    [1, 100]. 1 moves all weights equally far (p is infinite), and a large q moves few weights. Default: 2."""

    def __post_init__(self) -> None:
        require(self.kind in METHODS, "kind", one_of(METHODS), self.kind)
        require_exactly(self, PERTURBATION_PARAMETERS[self.kind], self.kind, METHODS[self.kind].may)
        eta, rate, steps, q = self.eta, self.inner_lr, self.inner_steps, self.q
        require(eta is None or 0.0 <= eta < float("inf"), "eta", "must be >= 0 and finite", eta)
        require(rate is None or 0.0 < rate < float("inf"), "inner_lr", "must be > 0 and finite", rate)
        require(steps is None or steps >= 1, "inner_steps", "must be >= 1", steps)
        require(q is None or q >= 1.0, "q", "must be >= 1", q)
        self.check_bounds()

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step with a radius > 0."""
        return 1 + (self.inner_steps or 1)

    @property
    def is_plain(self) -> bool:
        """Whether it is PUGD's perturbation as published."""
        return self.kind == "pugd" and self.q in (None, PLAIN_Q)
