"""A slow, simple implementation of the optimizer: a loop over the parameters, with a dictionary as state.

Sums of two scaled terms go through `torch.add(..., alpha=...)` because that rounds once, as the product does.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Twin:
    """Steps the same groups as PUGD: dictionaries with params, lr, momentum, weight_decay, radius, scale, phase."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self.groups = groups
        self.momentum: dict[Tensor, Tensor] = {}

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:
        loss = run(closure)
        pairs = [(group, p) for group in self.groups for p in group["params"] if p.grad is not None]
        g = {p: p.grad.clone() for _, p in pairs}
        if self.groups[0]["phase"] == "sgd":
            self._update(pairs, g)
            return loss
        if all(group["radius"] == 0 for group in self.groups):
            norm = norm_of(g) + 1e-12
            self._update(pairs, {p: g[p] / norm for _, p in pairs})
            return loss
        w = {p: p.clone() for _, p in pairs}
        product = {p: p.abs() * g[p] for _, p in pairs}
        norm = norm_of(product) + 1e-12
        for group, p in pairs:
            p.copy_(p + group["radius"] * product[p] / norm)
        run(closure)
        g_star = {p: torch.zeros_like(p) if p.grad is None else p.grad.clone() for _, p in pairs}
        for _, p in pairs:
            p.copy_(w[p])
        mixed = {p: group["scale"] * g[p] + g_star[p] for group, p in pairs}
        norm = norm_of(mixed) + 1e-12
        self._update(pairs, {p: mixed[p] / norm for _, p in pairs})
        return loss

    def _update(self, pairs: list[tuple[dict[str, Any], Tensor]], u: dict[Tensor, Tensor]) -> None:
        for group, p in pairs:
            d = torch.add(u[p], p, alpha=group["weight_decay"])
            if group["momentum"] > 0:
                d = group["momentum"] * self.momentum[p] + d if p in self.momentum else d
                self.momentum[p] = d.clone()
            p.copy_(torch.add(p, d, alpha=-group["lr"]))


def run(closure: Callable[[], Tensor]) -> Tensor:
    with torch.enable_grad():
        return closure()


def norm_of(tensors: dict[Tensor, Tensor]) -> Tensor:
    return torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(tensor) for tensor in tensors.values()]))
