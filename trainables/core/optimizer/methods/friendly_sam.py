"""Friendly SAM (Li et al. 2024): SAM along what the gradient of a mini-batch has beyond the mean of the gradients."""

import math
import types
from typing import ClassVar

import torch
from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.methods.method import Method, Settings
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target

MEAN = "friendly_mean"
"""Name of the mean gradient m in the state of a parameter; it starts with zeros."""


class FriendlySam(Method):
    """eps along g - sigma * m, where m is the moving average of the gradients; the base update gets g_star."""

    perturbs = mixes = True
    keeps = (MEAN,)
    settings: ClassVar[Settings] = types.MappingProxyType({"sigma": (1.0, 0.0, math.inf), "decay": (0.95, 0.0, 1.0)})

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,  # noqa: ARG002
        room: Tensors | None,  # noqa: ARG002
    ) -> Tensors:
        """Return eps = radius * d / norm(d) with d = g - sigma * m, where m is that of this step."""
        d = _mean(target, g)
        torch._foreach_mul_(d, -target.shared("sigma"))
        torch._foreach_add_(d, g)
        return perturbations.sam(d, target.each("radius"))

    def direction(self, target: Target, g: list[Tensor], g_star: list[Tensor]) -> tuple[Tensors, bool]:
        """Return g_star, and keep m. It is not kept before, so that a step without a finite g_star changes nothing."""
        for state, mean in zip(target.states, _mean(target, g), strict=True):
            if MEAN not in state:
                state[MEAN] = torch.zeros_like(mean)
            state[MEAN].copy_(mean)
        return g_star, False


def _mean(target: Target, g: list[Tensor]) -> list[Tensor]:
    """Return new tensors m = decay * m + (1 - decay) * g."""
    decay = target.shared("decay")
    kept = [state.get(MEAN) for state in target.states]
    m = [torch.zeros_like(x) if before is None else before * decay for x, before in zip(g, kept, strict=True)]
    torch._foreach_add_(m, g, alpha=1.0 - decay)
    return m
