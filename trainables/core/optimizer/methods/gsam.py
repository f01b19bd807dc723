"""GSAM (Zhuang et al. 2022): SAM that also descends on the surrogate gap."""

import math
import types
from typing import ClassVar

import torch
from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.adaptive_scale import inner
from trainables.core.optimizer.methods.method import Method, Settings
from trainables.core.optimizer.perturbations import TINY, Tensors, global_norm
from trainables.core.optimizer.target import Target


class Gsam(Method):
    """eps along g; the base update gets g_star without a share of the part of g that is orthogonal to g_star."""

    perturbs = mixes = True
    settings: ClassVar[Settings] = types.MappingProxyType({"alpha": (0.4, 0.0, math.inf)})

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,  # noqa: ARG002
        room: Tensors | None,  # noqa: ARG002
    ) -> Tensors:
        """Return eps = radius * g / norm(g)."""
        return perturbations.sam(g, target.each("radius"))

    def direction(self, target: Target, g: list[Tensor], g_star: list[Tensor]) -> tuple[Tensors, bool]:
        """Return g_star - alpha * (g - (g . g_star) / norm(g_star)**2 * g_star), in the memory of g (algorithm 1)."""
        alpha, norm = target.shared("alpha"), global_norm(g_star) + TINY
        along = torch._foreach_mul(g_star, 1.0 + alpha * inner(g, g_star) / norm / norm)
        torch._foreach_mul_(g, -alpha)
        torch._foreach_add_(g, along)
        return g, True
