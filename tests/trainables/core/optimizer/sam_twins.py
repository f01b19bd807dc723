"""Slow twins of LookSAM, GSAM and Friendly SAM, written as in their papers, and settings with which they are tried."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tests.trainables.core.little_net import Net

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
RHO = 0.3
Step = Callable[[Callable[[], Tensor]], Any]
METHODS: dict[str, dict[str, Any]] = {
    "looksam": {"every": 3, "alpha": 0.6},
    "gsam": {"alpha": 0.3},
    "friendly_sam": {"sigma": 0.7, "decay": 0.8},
}
CONFIGS: dict[str, dict[str, Any]] = {
    "looksam": {"k": 3, "alpha": 0.6},
    "gsam": {"alpha": 0.3},
    "friendly_sam": {"sigma": 0.7, "decay": 0.8},
}


class Flat:
    """The weights and the gradient of a net as one vector each, as the papers write them."""

    def __init__(self, net: Net, closure: Callable[[], Tensor]) -> None:
        self._closure = closure
        closure()
        self.used = [p for p in net.parameters() if p.requires_grad and p.grad is not None]
        self.w, self.g = self._joined([p.detach() for p in self.used]), self._gradient()

    def _joined(self, tensors: list[Any]) -> Tensor:
        return torch.cat([x.flatten() for x in tensors]).clone()

    def _gradient(self) -> Tensor:
        return self._joined([p.grad for p in self.used])

    def gradient_at(self, w: Tensor) -> Tensor:
        """The gradient of the same mini-batch elsewhere."""
        self._put(w)
        self._closure()
        gradient = self._gradient()
        self._put(self.w)
        return gradient

    def _put(self, w: Tensor) -> None:
        for p, values in zip(self.used, w.split([p.numel() for p in self.used]), strict=True):
            p.data = values.view(p.shape).clone()

    def descend(self, base: torch.optim.SGD, u: Tensor) -> None:
        for p, values in zip(self.used, u.split([p.numel() for p in self.used]), strict=True):
            p.grad = values.view(p.shape).clone()
        base.step()


def looksam(net: Net, every: int, alpha: float) -> Step:
    """Liu et al. 2022, algorithm 1."""
    base, kept, t = torch.optim.SGD(net.parameters(), **SETTINGS), list[Tensor](), iter(range(1000))

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        g = flat.g
        if next(t) % every == 0:
            g_s = flat.gradient_at(flat.w + RHO * g / g.norm())
            cos = (g @ g_s) / (g.norm() * g_s.norm())
            kept[:] = [g_s - g_s.norm() * cos * g / g.norm()]
            flat.descend(base, g_s)
        else:
            flat.descend(base, g + alpha * g.norm() / kept[0].norm() * kept[0])

    return step


def gsam(net: Net, alpha: float) -> Step:
    """Zhuang et al. 2022, algorithm 1."""
    base = torch.optim.SGD(net.parameters(), **SETTINGS)

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        g_p = flat.gradient_at(flat.w + RHO * flat.g / flat.g.norm())
        along = (flat.g @ g_p) / g_p.norm() ** 2 * g_p
        flat.descend(base, g_p - alpha * (flat.g - along))

    return step


def friendly_sam(net: Net, sigma: float, decay: float) -> Step:
    """Li et al. 2024: m is the moving average that includes this step's gradient, and begins at zero."""
    base, means = torch.optim.SGD(net.parameters(), **SETTINGS), list[Tensor]()

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        before = means[0] if means else torch.zeros_like(flat.g)
        means[:] = [decay * before + (1 - decay) * flat.g]
        d = flat.g - sigma * means[0]
        flat.descend(base, flat.gradient_at(flat.w + RHO * d / d.norm()))

    return step


TWINS: dict[str, Callable[..., Step]] = {"looksam": looksam, "gsam": gsam, "friendly_sam": friendly_sam}
