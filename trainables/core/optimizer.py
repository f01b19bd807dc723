"""PUGD with radius and scale as an optimizer of torch: groups, state and the order of a step's two halves."""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from trainables.core.fused import FusedStep
from trainables.core.steps import ReferenceStep, Step, Target, global_norm

PHASES = ("sgd", "pugd")
STEPS: dict[str, Callable[[], Step]] = {"reference": ReferenceStep, "fused": FusedStep}
"""How a step is computed: `reference` formula by formula, `fused` in few passes over memory."""


class PUGD(torch.optim.Optimizer):
    """Perturbed unit gradient descent on SGD with momentum; plain SGD, NGD and every RTS setting are points of it.

    Phase `sgd` feeds the raw gradient to the base update, `pugd` the unit gradient; radius 1 and scale 1 are PUGD as
    published, radius 0 in every group is NGD. Groups share phase and norms, and may be set anew before any step.
    """

    _held: tuple[Target, list[Tensor]] | None = None

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        radius: float = 1.0,
        scale: float = 1.0,
        phase: str = "pugd",
        step: str = "reference",
    ) -> None:
        """lr, weight_decay, radius, scale >= 0; momentum in [0, 1); phase of PHASES; step of STEPS.

        Raises:
            ValueError: a setting outside its range.
        """
        if step not in STEPS:
            raise ValueError(f"step must be one of {', '.join(STEPS)}, but got {step=}")
        self._step_name, self._step = step, STEPS[step]()
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "radius": radius, "scale": scale}
        super().__init__(params, {**settings, "phase": phase})

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_step_name": self._step_name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # also the way of load_state_dict, which leaves the kind of step as it is
        self._step = STEPS[self._step_name]()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with its own settings. Raises: ValueError."""
        group = {**self.defaults, **param_group}
        for name in ("lr", "momentum", "weight_decay", "radius", "scale"):
            limit = 1 if name == "momentum" else math.inf
            if not 0.0 <= group[name] < limit:
                raise ValueError(f"{name} must be in [0, {limit}), but got {name}={group[name]!r}")
        _common_phase([*self.param_groups, group])
        # Bare of its torch.compile guard, whose first call imports the compiler: a second in every worker process.
        inspect.unwrap(torch.optim.Optimizer.add_param_group)(self, param_group)

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of the next step: 1 in the sgd phase and at radius 0, else 2. Raises: ValueError."""
        perturbed = any(group["radius"] for group in self.param_groups)
        return 2 if _common_phase(self.param_groups) == "pugd" and perturbed else 1

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # type: ignore[override]
        """One update; the closure clears the gradients, runs forward and backward and returns the loss.

        It runs `gradients_per_step` times, on the same mini-batch; returned is the loss at the unperturbed weights.
        Raises: ValueError when two gradients are needed and there is no closure, or when the groups' phases differ.
        """
        if self.gradients_per_step == 1:
            loss = None if closure is None else torch.enable_grad()(closure)()
            self._single_step()
            return loss
        if closure is None:
            raise ValueError(f"step() needs a closure in the pugd phase with radius > 0, but got {closure=}")
        loss = torch.enable_grad()(closure)()
        self.first_step()
        try:
            torch.enable_grad()(closure)()
        except BaseException:
            self._take_back()
            raise
        self.second_step()
        return loss

    @torch.no_grad()
    def first_step(self) -> None:
        """Move the weights to w + eps and take the gradients out. Raises: ValueError in the sgd phase, or twice."""
        if _common_phase(self.param_groups) == "sgd":
            raise ValueError("first_step() belongs to the pugd phase, but got phase='sgd'")
        if self._held is not None:
            raise ValueError("first_step() must be followed by second_step(), but got another first_step()")
        target = self._target()
        self._held = target, (g := _gradients(target.w))
        if target.w:
            self._step.ascend(target, g)
        for p in target.w:
            p.grad = None

    @torch.no_grad()
    def second_step(self) -> None:
        """Restore w, update it with g and the gradients now there (g_star). Raises: ValueError if not perturbed."""
        target, g = self._take_back()
        if target.w:
            self._step.descend(target, g, _gradients(target.w))

    @torch.no_grad()
    def grad_norm(self) -> Tensor:
        """Global L2 norm of the gradients now in the parameters, 0-dim, on their device; 0 when there are none."""
        w = self._with_gradient()
        return global_norm(_gradients(w)) if w else self.param_groups[0]["params"][0].new_zeros(())

    def reset_momentum(self) -> None:
        """Forget the momentum of all parameters."""
        for state in self.state.values():
            state.pop("momentum_buffer", None)

    def _single_step(self) -> None:
        target = self._target()
        if target.w:
            self._step.descend(target, _gradients(target.w), None)

    def _take_back(self) -> tuple[Target, list[Tensor]]:
        if self._held is None:
            raise ValueError("second_step() must follow first_step(), but got no perturbed weights")
        (target, g), self._held = self._held, None
        if target.w:
            self._step.take_back(target.w)
        return target, g

    def _target(self) -> Target:
        w, groups, m = [], [], []
        for group in self.param_groups:
            for p in group["params"]:
                if p.requires_grad and p.grad is not None:
                    w.append(p)
                    groups.append(group)
                    m.append(self._momentum_buffer(p) if group["momentum"] else None)
        return Target(w, groups, m)

    def _momentum_buffer(self, p: Tensor) -> Tensor:
        state: dict[str, Tensor] = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p)
        return state["momentum_buffer"]

    def _with_gradient(self) -> list[Tensor]:
        params = (p for group in self.param_groups for p in group["params"])
        return [p for p in params if p.requires_grad and p.grad is not None]


def _gradients(w: list[Tensor]) -> list[Tensor]:
    # Random depth may leave a parameter out of the perturbed pass alone: its gradient there is zero.
    return [torch.zeros_like(p) if p.grad is None else p.grad for p in w]


def _common_phase(groups: list[dict[str, Any]]) -> str:
    phases = {str(group["phase"]) for group in groups}
    if len(phases) != 1 or not phases.issubset(PHASES):
        raise ValueError(f"phase must be one of {', '.join(PHASES)} and the same in all groups, but got {phases=}")
    return phases.pop()
