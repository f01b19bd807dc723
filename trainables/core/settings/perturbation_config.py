"""The settings of the perturbation."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated

from trainables.core.settings.section import AtMost, Section, one_of, require, require_exactly
from trainables.core.settings.timing_config import MOST_BETWEEN


@dataclass(frozen=True)
class MethodSettings:
    """What a perturbation can be set to, with the published values."""

    radius: float | None
    """The published radius; None for a method that does not perturb, so that its steps take one gradient."""
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
        "looksam": MethodSettings(0.1, _published(k=5, alpha=0.7)),
        "gsam": MethodSettings(0.05, _published(alpha=0.4)),
        "friendly_sam": MethodSettings(0.2, _published(sigma=1.0, decay=0.95)),
        "path_sgd": MethodSettings(None),
    }
)
"""Perturbation -> what it can be set to. Radii are the papers' values for CIFAR, for amp its epsilon. looksam has alpha
and radius of an implementation by others (github.com/rollovd/LookSAM). gsam has the radius of sam, and alpha as in
pytorch_optimizer. friendly_sam has the values of its authors' script for CIFAR-100."""
BASELINE_METHODS = tuple(kind for kind in METHODS if kind != "pugd")
"""The other methods than PUGD."""
FIRST_ORDER = tuple(kind for kind, method in METHODS.items() if method.radius is None)
"""The methods without a perturbation."""
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
    """pugd, sam, asam, amp, looksam, gsam, friendly_sam or path_sgd, which takes no second gradient and does not use
    the radius. The scale is used by pugd only."""
    eta: float | None = None
    """For asam: added to the absolute values of the weights, >= 0."""
    inner_lr: float | None = None
    """For amp: step size of one ascent, > 0."""
    inner_steps: Annotated[int, AtMost(MOST_INNER_STEPS)] | None = None
    """For amp: number of ascents in a step, in [1, 1000]. Each costs one gradient evaluation."""
    k: Annotated[int, AtMost(MOST_BETWEEN)] | None = None
    """For looksam: one step in this many takes two gradients, in [1, 1000000]. It takes the place of timing.every."""
    alpha: float | None = None
    """For looksam: weight of the part of SAM's gradient that the steps between use again, >= 0. For gsam: weight of the
    descent on the surrogate gap, >= 0."""
    sigma: float | None = None
    """For friendly_sam: weight of the mean gradient that is taken off the direction of the perturbation, >= 0."""
    decay: float | None = None
    """For friendly_sam: decay of the mean gradient from step to step, in [0, 1)."""
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
        require(self.k is None or self.k >= 1, "k", "must be >= 1", self.k)
        for name in ("alpha", "sigma"):
            weight = getattr(self, name)
            require(weight is None or 0.0 <= weight < float("inf"), name, "must be >= 0 and finite", weight)
        require(self.decay is None or 0.0 <= self.decay < 1.0, "decay", "must be in [0, 1)", self.decay)
        require(q is None or q >= 1.0, "q", "must be >= 1", q)
        self.check_bounds()

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step with a radius > 0: 1 for a method without a perturbation."""
        return 1 if self.kind in FIRST_ORDER else 1 + (self.inner_steps or 1)

    @property
    def mean_gradients_per_step(self) -> Fraction | int:
        """Gradient evaluations of a step with a radius > 0, in the mean over perturbed ones and those between."""
        return self.gradients_per_step if self.k is None else 1 + Fraction(self.gradients_per_step - 1, self.k)

    @property
    def is_plain(self) -> bool:
        """Whether it is PUGD's perturbation as published."""
        return self.kind == "pugd" and self.q in (None, PLAIN_Q)
