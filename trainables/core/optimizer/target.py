"""The parameters that a step updates, with the settings of their groups."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from trainables.core.optimizer.base_updates import MOMENTUM, OF_ADAMW, new_state
from trainables.core.optimizer.path_network import PathNetwork

Span = tuple[dict[str, Any], slice]


@dataclass(frozen=True)
class Target:
    """The parameters that a step updates, with their groups' settings and their momentum buffers."""

    w: list[Tensor]
    groups: list[dict[str, Any]]
    """For each parameter, the group that it belongs to."""
    m: list[Tensor | None]
    """For each parameter, its momentum buffer, which starts with zeros; None in a group without momentum."""
    states: list[dict[str, Tensor]] = field(default_factory=list)
    """For each parameter, what the base update and the method keep of it; an empty one where they keep nothing."""
    phase: str = "sgd"
    """The phase of the step, which all groups share: a name in METHODS."""

    common: dict[str, Tensor] = field(default_factory=dict)
    """What the method keeps of all parameters together."""
    paths: PathNetwork | None = None
    """The network of paths of the model to which the parameters belong, where it is known."""
    figures: dict[str, Tensor] = field(default_factory=dict)
    """What the method tells of the step, as 0-dim tensors: `scale` where it is adaptive."""

    def each(self, name: str) -> list[float]:
        """For each parameter, its group's value of the setting `name`."""
        return [float(group[name]) for group in self.groups]

    def shared(self, name: str) -> Any:
        """The value of a setting that all groups have in common."""
        return self.groups[0][name]

    def names(self) -> dict[Tensor, str]:
        """Parameter -> its name, for all parameters of the groups.

        Raises:
            ValueError: the parameters have no names.
        """
        names: dict[Tensor, str] = {}
        for group, _ in self.spans():
            if "param_names" not in group:
                raise ValueError(f"phase {self.phase} needs named parameters: give PUGD model.named_parameters()")
            names.update(zip(group["params"], group["param_names"], strict=True))
        return names

    def spans(self) -> list[Span]:
        """Each group with the slice of its parameters, which are neighbours in the list."""
        spans: list[Span] = []
        start = 0
        for end in range(1, len(self.groups) + 1):
            if end == len(self.groups) or self.groups[end] is not self.groups[start]:
                spans.append((self.groups[start], slice(start, end)))
                start = end
        return spans


def target_of(groups: list[dict[str, Any]], state: dict[Tensor, Any], phase: str, method_keeps: bool) -> Target:
    """The trained parameters of these groups that have a gradient.

    Args:
        groups: of the optimizer.
        state: of the optimizer, by parameter. Momentum buffers and AdamW's averages that are missing are made.
        phase: of the step.
        method_keeps: whether the phase's method keeps tensors of each parameter.
    """
    found = Target([], [], [], [], phase)
    for group in groups:
        own = [p for p in group["params"] if p.grad is not None and p.requires_grad]
        adamw = group["base"] == "adamw"
        has_momentum = not adamw and group["momentum"]
        found.w.extend(own)
        found.groups.extend([group] * len(own))
        found.m.extend([_momentum_buffer(state[p], p) if has_momentum else None for p in own])
        found.states.extend([_kept(state[p], p, adamw) if adamw or method_keeps else {} for p in own])
    return found


def _momentum_buffer(kept: dict[str, Tensor], p: Tensor) -> Tensor:
    if MOMENTUM not in kept:
        kept[MOMENTUM] = torch.zeros_like(p)
    return kept[MOMENTUM]


def _kept(kept: dict[str, Tensor], p: Tensor, adamw: bool) -> dict[str, Tensor]:
    if adamw and OF_ADAMW[0] not in kept:
        kept.update(new_state(p))
    return kept
