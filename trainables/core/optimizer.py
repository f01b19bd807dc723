"""PUGD with radius and scale: the formulas of one step as pure functions, and the optimizer that applies them.

Letters as in PUGD (Tseng et al. 2022) and the RTS draft: w parameters, g gradient at w, eps perturbation of radius rho,
g_star gradient at w + eps, s scale, U unit gradient, m momentum. Norms are over all parameters together, on the device.
"""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor

PHASES = ("sgd", "pugd")
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


class PUGD(torch.optim.Optimizer):
    """Perturbed unit gradient descent on SGD with momentum; plain SGD, NGD and every RTS setting are points of it.

    Phase `sgd` feeds the raw gradient to the base update, `pugd` the unit gradient; radius 1 and scale 1 are PUGD as
    published, radius 0 in every group is NGD. Groups share phase and norms, and may be set anew before any step.
    """

    _held: tuple[list[Tensor], Tensors, Tensors] | None = None

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        radius: float = 1.0,
        scale: float = 1.0,
        phase: str = "pugd",
    ) -> None:
        """lr, weight_decay, radius, scale >= 0; momentum in [0, 1); phase of PHASES. Raises: ValueError."""
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "radius": radius, "scale": scale}
        super().__init__(params, {**settings, "phase": phase})

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
        g = _gradients(w := self._with_gradient())
        # A kept copy and not w + eps - eps: the base update has to run at exactly the old weights.
        self._held = w, [p.clone() for p in w], g
        if w:
            torch._foreach_add_(w, perturbation(w, g, self._of_each(w, "radius")))
        for p in w:
            p.grad = None

    @torch.no_grad()
    def second_step(self) -> None:
        """Restore w, update it with g and the gradients now there (g_star). Raises: ValueError if not perturbed."""
        w, g = self._take_back()
        if w:
            self._update(w, unit(weighted(g, _gradients(w), self._of_each(w, "scale"))))

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
        if w := self._with_gradient():
            g, sgd = _gradients(w), _common_phase(self.param_groups) == "sgd"
            # At radius 0 g_star is g and the scale falls out: U = (s g + g) / norm(s g + g) = g / norm(g).
            self._update(w, g if sgd else unit(g))

    def _take_back(self) -> tuple[list[Tensor], Tensors]:
        if self._held is None:
            raise ValueError("second_step() must follow first_step(), but got no perturbed weights")
        (w, kept, g), self._held = self._held, None
        if w:
            torch._foreach_copy_(w, kept)
        return w, g

    def _update(self, w: list[Tensor], u: Tensors) -> None:
        of = dict(zip(w, u, strict=True))
        for group in self.param_groups:
            own = [p for p in group["params"] if p in of]
            m = [self._momentum_buffer(p) for p in own] if group["momentum"] else []
            if own:
                base_update(own, [of[p] for p in own], m, group["lr"], group["momentum"], group["weight_decay"])

    def _momentum_buffer(self, p: Tensor) -> Tensor:
        state: dict[str, Tensor] = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p)
        return state["momentum_buffer"]

    def _with_gradient(self) -> list[Tensor]:
        params = (p for group in self.param_groups for p in group["params"])
        return [p for p in params if p.requires_grad and p.grad is not None]

    def _of_each(self, w: list[Tensor], name: str) -> list[float]:
        of = {p: group[name] for group in self.param_groups for p in group["params"]}
        return [of[p] for p in w]


def _gradients(w: list[Tensor]) -> list[Tensor]:
    # Random depth may leave a parameter out of the perturbed pass alone: its gradient there is zero.
    return [torch.zeros_like(p) if p.grad is None else p.grad for p in w]


def _common_phase(groups: list[dict[str, Any]]) -> str:
    phases = {str(group["phase"]) for group in groups}
    if len(phases) != 1 or not phases.issubset(PHASES):
        raise ValueError(f"phase must be one of {', '.join(PHASES)} and the same in all groups, but got {phases=}")
    return phases.pop()
