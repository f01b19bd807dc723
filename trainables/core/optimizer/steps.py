"""The reference step, which applies the formulas of the methods one after the other.

Letters as in PUGD (Tseng et al. 2022) and the RTS draft. w: parameters; g: gradient at w; eps: perturbation of radius
rho; g_star: gradient at w + eps; s: scale; U: unit gradient; m: momentum. Norms are L2 norms over all parameters
together and stay on the device.
"""

from typing import Protocol

import torch
from torch import Tensor

from trainables.core.optimizer.base_updates import adamw_update, sgd_update
from trainables.core.optimizer.methods import FORMULAS
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target


class Step(Protocol):
    """Computes the two halves of a step. All implementations agree up to rounding."""

    def begin_epoch(self) -> None:
        """Called before each epoch. Later steps must give the same bits as those of a new instance.

        A training that is resumed from a checkpoint between two epochs has such a new instance.
        """

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Move the weights from w to w + eps. A method with several ascents calls it again to move on from w + eps."""

    def take_back(self, w: list[Tensor]) -> None:
        """Move the weights back to exactly w. Called after `ascend`, before `descend`."""

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights at w with what the method makes of g and g_star.

        g_star is None when there was no perturbation. When it is given, g may be overwritten.
        """


class ReferenceStep:
    """The step computed one formula after the other, over lists of tensors."""

    def __init__(self) -> None:
        self._home: list[Tensor] = []
        self._away: Tensors = ()
        self._reused = False
        self._eps: Tensors | None = None

    def begin_epoch(self) -> None:
        """Does nothing: what the instance keeps between steps changes no result."""

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Set the parameters to w + eps, which has its own memory, so that w itself is not changed."""
        if self._home:
            _show(target.w, self._home)
        method = FORMULAS[target.phase]
        eps = method.eps(target, g, self._eps, self._room(target.w) if method.reuses else None)
        if method.ascents(target.groups[0]) > 1:
            self._eps, self._away = eps, torch._foreach_add(target.w, eps)
        else:
            torch._foreach_add_(eps, target.w)
            self._away = eps
        self._reused = method.reuses
        self._home = [p.data for p in target.w]
        _show(target.w, self._away)

    def take_back(self, w: list[Tensor]) -> None:
        """Set the parameters back to w."""
        _show(w, self._home)
        self._home, self._eps = [], None
        if not self._reused:
            self._away = ()

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights, one group after the other."""
        method, own = FORMULAS[target.phase], False
        if g_star is None:
            u = method.alone(target, g)
        else:
            u, own = method.direction(target, g, g_star)
        for group, own_part in target.spans():
            w, d, m = (tensors[own_part] for tensors in (target.w, u, target.m))
            if group["base"] == "adamw":
                adamw_update(w, d, target.states[own_part], group)  # type: ignore[arg-type]
            else:
                sgd_update(w, d, m, group, own)  # type: ignore[arg-type]

    def _room(self, w: list[Tensor]) -> Tensors | None:
        """The last step's memory for w + eps; None when the parameters have another number, shape, type or device."""
        kept = self._away
        if len(kept) != len(w) or (kept[0].dtype, kept[0].device) != (w[0].dtype, w[0].device):
            return None
        return kept if all(there.shape == p.shape for there, p in zip(kept, w, strict=True)) else None


def _show(w: list[Tensor], data: Tensors) -> None:
    """Make the parameters use these tensors as their data."""
    for p, values in zip(w, data, strict=True):
        p.data = values
