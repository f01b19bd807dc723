"""PUGD with radius and scale (Tseng et al. 2022; RTS draft), of which NGD is the case of radius 0."""

import math
import types
from typing import Any

import torch
from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.adaptive_scale import RULES
from trainables.core.optimizer.methods.method import DUAL, Method
from trainables.core.optimizer.perturbations import TINY, Tensors, global_norm
from trainables.core.optimizer.target import Target


class Pugd(Method):
    """eps along abs(w) * g; the base update gets the unit gradient of s * g + g_star."""

    perturbs = mixes = reuses = True
    settings = types.MappingProxyType(
        {
            **DUAL,
            "scale_min": (0.0, 0.0, math.inf),
            "scale_max": (1e30, 0.0, math.inf),
            "scale_window": (20, 2, math.inf),
        }
    )

    def blockwise(self, settings: dict[str, Any]) -> bool:
        """Return whether the norm of the perturbation is that of PUGD, and the scale does not follow the training."""
        return bool(settings["q"] == 2.0) and settings["scale_rule"] is None

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,  # noqa: ARG002
        room: Tensors | None,
    ) -> Tensors:
        """Return eps = radius * (abs(w) * g) / norm(abs(w) * g), or its like in another norm."""
        return perturbations.pugd(target.w, g, target.each("radius"), room, target.shared("q"))

    def direction(self, target: Target, g: list[Tensor], g_star: list[Tensor]) -> tuple[Tensors, bool]:
        """Return U, in the memory of g."""
        if target.shared("scale_rule") is None:
            mix_(g, g_star, target.each("scale"))
        else:
            mix_adaptively_(target, g, g_star)
        unit_(g)
        return g, True

    def alone(self, target: Target, g: list[Tensor]) -> Tensors:  # noqa: ARG002
        """Return g / norm(g): at radius 0 g_star equals g, so that the scale cancels."""
        return unit(g)


def unit(g: Tensors) -> Tensors:
    """Return new tensors U = g / norm(g)."""
    return torch._foreach_div(g, global_norm(g) + TINY)


def mix_(g: Tensors, g_star: Tensors, s: list[float]) -> None:
    """In place g = s * g + g_star, with an s >= 0 for each tensor (RTS). U is the unit gradient of the result."""
    if s.count(1.0) < len(s):
        torch._foreach_mul_(g, s)
    torch._foreach_add_(g, g_star)


def mix_adaptively_(target: Target, g: list[Tensor], g_star: list[Tensor]) -> None:
    """In place g = s * g + g_star, where s is the group's scale times the rule's factor, within its limits.

    The first group's s is told as a figure of the step.
    """
    rule, window = RULES[target.shared("scale_rule")], int(target.shared("scale_window"))
    factor = rule(g, g_star, target.common, window)
    for group, part in target.spans():
        s = (factor * group["scale"]).clamp(group["scale_min"], group["scale_max"])
        target.figures.setdefault("scale", s)
        torch._foreach_mul_(g[part], s)
    torch._foreach_add_(g, g_star)


def unit_(g: Tensors) -> None:
    """In place g = g / norm(g)."""
    torch._foreach_div_(g, global_norm(g) + TINY)
