"""The formulas of one step as pure functions, and the step that applies them one after the other.

Letters as in PUGD (Tseng et al. 2022) and the RTS draft: w parameters, g gradient at w, eps perturbation of radius rho,
g_star gradient at w + eps, s scale, U unit gradient, m momentum. Norms are over all parameters together, on the device.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import torch
from torch import Tensor

TINY = 1e-12

Tensors: TypeAlias = list[Tensor] | tuple[Tensor, ...]


def global_norm(tensors: Tensors) -> Tensor:
    """L2 norm over all elements of all tensors (at least one) together, 0-dim."""
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return norm


def perturbation(w: Tensors, g: Tensors, rho: list[float]) -> Tensors:
    """New tensors eps = rho * (abs(w) * g) / norm(abs(w) * g), with a rho >= 0 for each tensor (RTS, after PUGD)."""
    eps = torch._foreach_abs(w)
    torch._foreach_mul_(eps, g)
    norm = global_norm(eps) + TINY
    torch._foreach_mul_(eps, rho)
    torch._foreach_div_(eps, norm)
    return eps


def unit(g: Tensors) -> Tensors:
    """New tensors g / norm(g)."""
    return torch._foreach_div(g, global_norm(g) + TINY)


def weighted(g: Tensors, g_star: Tensors, s: list[float]) -> Tensors:
    """New tensors s * g + g_star, with an s >= 0 for each tensor (RTS); U is their `unit`."""
    mix = torch._foreach_mul(g, s)
    torch._foreach_add_(mix, g_star)
    return mix


def base_update(w: Tensors, u: Tensors, m: Tensors, lr: float, mu: float, wd: float) -> None:
    """In place d = U + wd * w; m = mu * m + d; w = w - lr * m. Without momentum (mu = 0) m is left alone."""
    d = torch._foreach_add(u, w, alpha=wd) if wd else u
    if mu:
        torch._foreach_mul_(m, mu)
        torch._foreach_add_(m, d)
        d = m
    torch._foreach_add_(w, d, alpha=-lr)


@dataclass(frozen=True)
class Target:
    """The parameters of a step: their groups' settings, and their momentum buffers where there is momentum."""

    w: list[Tensor]
    groups: list[dict[str, Any]]
    """The group of each parameter."""
    m: list[Tensor | None]
    """The momentum buffer of each parameter, zero at first; None in a group without momentum."""

    def each(self, name: str) -> list[float]:
        """A setting for each parameter."""
        return [float(group[name]) for group in self.groups]


class Step(Protocol):
    """How a step's two halves are computed; all implementations agree up to rounding."""

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Move the weights to w + eps and remember the way back."""

    def take_back(self, w: list[Tensor]) -> None:
        """Bring the weights back to exactly w."""

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights at w with the unit gradient of s * g + g_star, of g alone, or in phase sgd with g."""


class ReferenceStep:
    """One formula after the other over lists of tensors, in the order in which they are written down."""

    def __init__(self) -> None:
        self._kept: list[Tensor] = []

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Move the weights to w + eps."""
        # A kept copy and not w + eps - eps: the base update has to run at exactly the old weights.
        self._kept = [p.clone() for p in target.w]
        torch._foreach_add_(target.w, perturbation(target.w, g, target.each("radius")))

    def take_back(self, w: list[Tensor]) -> None:
        """Copy the kept weights back."""
        torch._foreach_copy_(w, self._kept)
        self._kept = []

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights, group by group."""
        u: Tensors = g
        if target.groups[0]["phase"] != "sgd":
            # At radius 0 g_star is g and the scale falls out: U = (s g + g) / norm(s g + g) = g / norm(g).
            u = unit(g if g_star is None else weighted(g, g_star, target.each("scale")))
        by_group: dict[int, list[int]] = {}
        for index, group in enumerate(target.groups):
            by_group.setdefault(id(group), []).append(index)
        for own in by_group.values():
            group = target.groups[own[0]]
            m = [buffer for index in own if (buffer := target.m[index]) is not None]
            w = [target.w[index] for index in own]
            base_update(w, [u[index] for index in own], m, group["lr"], group["momentum"], group["weight_decay"])
