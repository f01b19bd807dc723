"""Loss scaling: one torch.amp.GradScaler for the several gradients of one step."""

from typing import Any

import torch


class _Part:
    """What a GradScaler takes for an optimizer, for one of the gradients of a step."""

    param_groups: list[dict[str, Any]]
    """The groups whose gradients are unscaled."""

    def step(self) -> bool:
        """Called by the scaler when all gradients are finite."""
        return True


class Unscaling:
    """Unscales the gradients of an optimizer's steps.

    A GradScaler unscales the gradients of each optimizer once between two calls of its update(), and a step of PUGD has
    two gradients or more. So each of them has a part of its own, which the scaler takes for an optimizer. The scaler
    tells optimizers apart by the addresses of the objects: the parts must live as long as the optimizer, so that
    nothing else gets their addresses.
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def unscale(self, scaler: torch.amp.GradScaler | None, number: int, groups: list[dict[str, Any]]) -> bool:
        """Unscale the present gradients of all parameters in the groups. Returns whether all of them are finite.

        scaler: None where losses are not scaled; then nothing is done. number: of the gradient in its step, from 0.

        Raises:
            RuntimeError: the scaler's update() was not called after the last step.
        """
        if scaler is None:
            return True
        while len(self._parts) <= number:
            self._parts.append(_Part())
        part = self._parts[number]
        part.param_groups = groups
        return bool(scaler.step(part))  # type: ignore[arg-type]
