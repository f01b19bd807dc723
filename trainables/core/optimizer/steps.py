"""The formulas of one step as pure functions, and the reference step, which applies them one after the other.

Letters as in PUGD (Tseng et al. 2022) and the RTS draft. w: parameters; g: gradient at w; eps: perturbation of radius
rho; g_star: gradient at w + eps; s: scale; U: unit gradient; m: momentum. Norms are L2 norms over all parameters
together and stay on the device.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.base_updates import adamw_update, sgd_update
from trainables.core.optimizer.perturbations import TINY, Tensors, global_norm


def unit(g: Tensors) -> Tensors:
    """Return new tensors U = g / norm(g)."""
    return torch._foreach_div(g, global_norm(g) + TINY)


def mix_(g: Tensors, g_star: Tensors, s: list[float]) -> None:
    """In place g = s * g + g_star, with an s >= 0 for each tensor (RTS). U is the unit gradient of the result."""
    if s.count(1.0) < len(s):
        torch._foreach_mul_(g, s)
    torch._foreach_add_(g, g_star)


def unit_(g: Tensors) -> None:
    """In place g = g / norm(g)."""
    torch._foreach_div_(g, global_norm(g) + TINY)


@dataclass(frozen=True)
class Target:
    """The parameters that a step updates, with their groups' settings and their momentum buffers."""

    w: list[Tensor]
    groups: list[dict[str, Any]]
    """For each parameter, the group that it belongs to."""
    m: list[Tensor | None]
    """For each parameter, its momentum buffer, which starts with zeros; None in a group without momentum."""
    states: list[dict[str, Tensor]] = field(default_factory=list)
    """For each parameter, all that the base update keeps of it."""
    phase: str = "sgd"
    """The phase of the step, which all groups share."""

    def each(self, name: str) -> list[float]:
        """For each parameter, its group's value of the setting `name`."""
        return [float(group[name]) for group in self.groups]

    def etas(self) -> list[float | None]:
        """For each parameter, ASAM's eta; None where the parameter's name does not say that it is a weight.

        Raises:
            ValueError: the parameters have no names.
        """
        names: dict[Tensor, str] = {}
        for group, _ in _by_group(self.groups):
            if "param_names" not in group:
                raise ValueError("phase asam needs named parameters: give PUGD model.named_parameters()")
            names.update(zip(group["params"], group["param_names"], strict=True))
        pairs = zip(self.w, self.groups, strict=True)
        return [float(group["eta"]) if "weight" in names[p].rpartition(".")[2] else None for p, group in pairs]


class Step(Protocol):
    """Computes the two halves of a step. All implementations agree up to rounding."""

    def begin_epoch(self) -> None:
        """Called before each epoch. Later steps must give the same bits as those of a new instance.

        A training that is resumed from a checkpoint between two epochs has such a new instance.
        """

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Move the weights from w to w + eps. In phase amp it may be called again to move on from w + eps."""

    def take_back(self, w: list[Tensor]) -> None:
        """Move the weights back to exactly w. Called after `ascend`, before `descend`."""

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights at w: in phase pugd with the unit gradient of s * g + g_star, else with g_star.

        g_star is None when there was no perturbation. Then the update is done with the unit gradient of g in phase
        pugd, else with g itself. When g_star is given, g may be overwritten.
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
        self._away, self._reused = self._perturbed(target, g), target.phase == "pugd"
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
        own = g_star is not None and target.phase == "pugd"
        u: Tensors = g if g_star is None else g_star
        if own:
            mix_(g, u, target.each("scale"))
            unit_(g)
            u = g
        elif target.phase == "pugd":
            # At radius 0 g_star equals g, so that the scale cancels: U = (s g + g) / norm(s g + g) = g / norm(g).
            u = unit(g)
        for group, own_part in _by_group(target.groups):
            w, d, m = (tensors[own_part] for tensors in (target.w, u, target.m))
            if group["base"] == "adamw":
                adamw_update(w, d, target.states[own_part], group)  # type: ignore[arg-type]
            else:
                sgd_update(w, d, m, group, own)  # type: ignore[arg-type]

    def _perturbed(self, target: Target, g: list[Tensor]) -> Tensors:
        """Return w + eps, computed at w."""
        w, rho = target.w, target.each("radius")
        if target.phase == "pugd":
            eps = perturbations.pugd(w, g, rho, self._room(w))
        elif target.phase == "sam":
            eps = perturbations.sam(g, rho)
        elif target.phase == "asam":
            eps = perturbations.asam(w, g, rho, target.etas())
        else:
            self._eps = perturbations.amp(self._eps, g, rho, target.groups[0]["inner_lr"])
            return torch._foreach_add(w, self._eps)
        torch._foreach_add_(eps, w)
        return eps

    def _room(self, w: list[Tensor]) -> Tensors | None:
        """The last step's memory for w + eps; None when the parameters have another number, shape, type or device."""
        kept = self._away
        if len(kept) != len(w) or (kept[0].dtype, kept[0].device) != (w[0].dtype, w[0].device):
            return None
        return kept if all(there.shape == p.shape for there, p in zip(kept, w, strict=True)) else None


def _by_group(groups: list[dict[str, Any]]) -> list[tuple[dict[str, Any], slice]]:
    """Return each group with the slice of its parameters, which are neighbours in the list."""
    spans, start = [], 0
    for end in range(1, len(groups) + 1):
        if end == len(groups) or groups[end] is not groups[start]:
            spans.append((groups[start], slice(start, end)))
            start = end
    return spans


def _show(w: list[Tensor], data: Tensors) -> None:
    """Make the parameters use these tensors as their data."""
    for p, values in zip(w, data, strict=True):
        p.data = values
