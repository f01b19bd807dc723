"""The settings of the perturbation."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from trainables.core.settings.section import AtMost, Section, one_of, require, require_exactly

PERTURBATION_PARAMETERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"pugd": (), "sam": (), "asam": ("eta",), "amp": ("inner_lr", "inner_steps")}
)
"""Perturbation -> the parameters that it uses besides the radius."""
MOST_INNER_STEPS = 1_000


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

    def __post_init__(self) -> None:
        require(self.kind in PERTURBATION_PARAMETERS, "kind", one_of(PERTURBATION_PARAMETERS), self.kind)
        require_exactly(self, PERTURBATION_PARAMETERS[self.kind], self.kind)
        eta, rate, steps = self.eta, self.inner_lr, self.inner_steps
        require(eta is None or 0.0 <= eta < float("inf"), "eta", "must be >= 0 and finite", eta)
        require(rate is None or 0.0 < rate < float("inf"), "inner_lr", "must be > 0 and finite", rate)
        require(steps is None or steps >= 1, "inner_steps", "must be >= 1", steps)
        self.check_bounds()

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step with a radius > 0."""
        return 1 + (self.inner_steps or 1)
