"""LookSAM (Liu et al. 2022): SAM in every k-th step, and a part of its gradient again in the steps between."""

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

ACROSS = "looksam_across"
"""Name of g_v in the state of a parameter."""
REUSING = "looksam between"
"""The phase of the steps between."""


class LookSam(Method):
    """A SAM step, which keeps g_v, the part of its gradient that is orthogonal to g. The setting `every` is k."""

    perturbs = mixes = True
    between = REUSING
    keeps = (ACROSS,)
    settings: ClassVar[Settings] = types.MappingProxyType({"alpha": (0.7, 0.0, math.inf)})

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
        """Return g_star, and keep g_v = g_star - (g . g_star) / norm(g)**2 * g (algorithm 1)."""
        norm = global_norm(g) + TINY
        torch._foreach_mul_(g, -inner(g, g_star) / norm / norm)
        torch._foreach_add_(g, g_star)
        for state, across in zip(target.states, g, strict=True):
            if ACROSS not in state:
                state[ACROSS] = torch.zeros_like(across)
            state[ACROSS].copy_(across)
        return g_star, False


class Reusing(Method):
    """A step with one gradient, to which g_v is added."""

    keeps = (ACROSS,)
    fused_alone = False

    def alone(self, target: Target, g: list[Tensor]) -> Tensors:
        """Return g + alpha * norm(g) / norm(g_v) * g_v, or g before the first SAM step."""
        kept = [state.get(ACROSS) for state in target.states]
        across = [torch.zeros_like(x) if v is None else v for x, v in zip(g, kept, strict=True)]
        factor = target.shared("alpha") * global_norm(g) / (global_norm(across) + TINY)
        u = torch._foreach_mul(across, factor)
        torch._foreach_add_(u, g)
        return u
