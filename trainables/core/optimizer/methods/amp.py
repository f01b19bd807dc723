"""AMP (Zheng et al. 2021)."""

import math
import types
from typing import Any, ClassVar

from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.methods.method import Method, Settings
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target


class Amp(Method):
    """Several ascents along the gradient, each parameter's eps clipped to a ball; the base update gets g_star."""

    perturbs = True
    settings: ClassVar[Settings] = types.MappingProxyType(
        {"inner_lr": (1.0, 0.0, math.inf), "inner_steps": (1, 1, math.inf)}
    )

    def ascents(self, settings: dict[str, Any]) -> int:
        """Return `inner_steps`."""
        return int(settings["inner_steps"])

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,
        room: Tensors | None,  # noqa: ARG002
    ) -> Tensors:
        """Return before + inner_lr * g, clipped to a ball of the radius."""
        return perturbations.amp(before, g, target.each("radius"), target.shared("inner_lr"))
