"""PUGD with radius and scale as a torch optimizer: parameter groups, state, and the two halves of a step."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from trainables.core.optimizer.base_updates import MOMENTUM, OF_ADAMW
from trainables.core.optimizer.fused import FusedStep
from trainables.core.optimizer.groups import (
    check_group,
    common_phase,
    count_step,
    method_settings,
    next_phase,
    number_step,
)
from trainables.core.optimizer.loss_scaling import Unscaling
from trainables.core.optimizer.methods import FORMULAS, METHODS
from trainables.core.optimizer.ownership import owned, require_apart
from trainables.core.optimizer.path_network import PathNetwork
from trainables.core.optimizer.perturbations import global_norm
from trainables.core.optimizer.steps import ReferenceStep, Step
from trainables.core.optimizer.target import Target, target_of

PHASES = tuple(METHODS)
STEPS: dict[str, Callable[[], Step]] = {"reference": ReferenceStep, "fused": FusedStep}
"""Name -> class that computes a step: `reference` formula by formula, `fused` in few passes over memory."""

COMMON = "common"
"""Key in the optimizer's state of what is kept of all parameters together."""


class PUGD(torch.optim.Optimizer):
    """Perturbed unit gradient descent (PUGD) with radius and scale, on top of SGD with momentum or AdamW.

    The phase says which gradient the base update gets. `sgd`: the raw gradient. `pugd`: the unit gradient; radius 1 and
    scale 1 are PUGD as published, radius 0 in every group is NGD. `sam`, `asam` and `amp`: the raw gradient at their
    own perturbed point, without a scale. `path_sgd`: the raw gradient, divided weight by weight by a sum over paths,
    which needs `paths`. All groups have the same phase and share one norm. The settings in `param_groups` may be
    changed before any step.

    The base update is SGD, as published, or AdamW. PUGD over AdamW is an extension that no paper describes: the unit
    gradient takes the place of AdamW's gradient.
    """

    paths: PathNetwork | None = None
    """The network of paths of the model with these parameters, for phase path_sgd. It is no part of the state."""
    _held: tuple[Target, list[Tensor]] | None = None
    _ascents = 0

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        radius: float = 1.0,
        scale: float = 1.0,
        phase: str = "pugd",
        step: str = "reference",
        every: int = 1,
        scale_rule: str | None = None,
        base: str = "sgd",
        nesterov: bool = False,
        betas: tuple[float, ...] = (0.9, 0.999),
        eps: float = 1e-8,
        **of_methods: float,
    ) -> None:
        """lr, weight_decay, radius, scale: >= 0. momentum: in [0, 1). phase: one of PHASES. step: one of STEPS.

        every: in a phase that perturbs, steps whose number is a multiple of it perturb, and the others are SGD steps,
        >= 1, the same in all groups. Steps are counted from 0; see `number_step`.

        scale_rule: one of RULES, whose factor multiplies the scale in each step of phase pugd, within scale_min and
        scale_max. scale_window: number of steps for batch_variance. All groups share the rule.

        base: the base update, one of BASES. momentum and nesterov are for sgd; nesterov needs momentum > 0. betas (two
        numbers in [0, 1)) and eps (> 0) are for adamw.

        of_methods: settings of single methods, which their classes list in `settings`: eta for asam, which needs named
        parameters; inner_lr and inner_steps (ascents in a step, the same in all groups) for amp.

        Raises:
            ValueError: a setting is outside its range, or unknown.
        """
        if step not in STEPS:
            raise ValueError(f"step must be one of {', '.join(STEPS)}, but got {step=}")
        self._step_name, self._step, self._unscaling = step, STEPS[step](), Unscaling()
        self._figures: dict[str, Tensor] = {}
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "radius": radius, "scale": scale}
        update = {"base": base, "nesterov": nesterov, "betas": betas, "eps": eps}
        given = {**settings, **method_settings(phase, of_methods), **update}
        super().__init__(params, {**given, "scale_rule": scale_rule, "every": every, "phase": phase})

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_step_name": self._step_name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # load_state_dict comes here too, without a name of a step: it stays as it is
        # torch keeps the tensors that it is given, so that two optimizers could write into one momentum buffer.
        for kept in self.state.values():
            kept.update({name: value.clone() for name, value in kept.items() if isinstance(value, Tensor)})
        self._step, self._unscaling = STEPS[self._step_name](), Unscaling()
        self._figures = {}

    def begin_epoch(self) -> None:
        """Called before each epoch: from now on, compute as a new optimizer would that was loaded from this state."""
        self._step.begin_epoch()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with its own settings. Raises: ValueError for a setting outside its range."""
        group = {**self.defaults, **param_group}
        check_group(group)
        common_phase([*self.param_groups, group])
        # Without torch.compile's wrapper, whose first call imports the compiler: a second in every worker process.
        inspect.unwrap(torch.optim.Optimizer.add_param_group)(self, param_group)

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of the next step: 1 in phase sgd, between perturbed steps and at radius 0; else 2, and
        1 + inner_steps in phase amp.

        Raises:
            ValueError: the groups have different phases.
        """
        method = FORMULAS[next_phase(self.param_groups)]
        if not method.perturbs or not any(group["radius"] for group in self.param_groups):
            return 1
        return 1 + method.ascents(self.param_groups[0])

    @torch.no_grad()
    def step(  # type: ignore[override]
        self, closure: Callable[[], Tensor] | None = None, scaler: torch.amp.GradScaler | None = None
    ) -> Tensor | None:
        """Do one update and return the loss at the unperturbed weights.

        closure: clears the gradients, runs forward and backward, and returns the loss. It is called
        `gradients_per_step` times, each time for the same mini-batch. Without a closure, the gradients must be in the
        parameters already, which is enough for a step with one gradient.

        scaler: scales the losses whose backward pass the closure runs. Each gradient is unscaled before anything is
        computed with it. When one of them is not finite, the step changes nothing. Call scaler.update() after the step.

        Raises:
            ValueError: the step needs more than one gradient and there is no closure; the groups have different phases.
        """
        gradients = self.gradients_per_step
        if gradients == 1:
            loss = None if closure is None else torch.enable_grad()(closure)()
            if self._unscaling.unscale(scaler, 0, self.param_groups):
                self._single_step()
            return loss
        if closure is None:
            way = "also with a GradScaler: step(closure, scaler)"
            raise ValueError(f"step() needs a closure for {gradients} gradients, but got {closure=}; {way}")
        loss = torch.enable_grad()(closure)()
        if not self._unscaling.unscale(scaler, 0, self.param_groups):
            return loss
        for number in range(1, gradients):
            self.first_step()
            try:
                torch.enable_grad()(closure)()
                finite = self._unscaling.unscale(scaler, number, self.param_groups)
            except BaseException:
                self._take_back()
                raise
            if not finite:
                self._take_back()
                return loss
        self.second_step()
        return loss

    @torch.no_grad()
    def first_step(self) -> None:
        """Move the weights to w + eps and clear the parameters' gradients; the optimizer keeps g for `second_step`.

        Called once per step, and in phase amp `inner_steps` times, each time with the gradient at the present weights.

        Raises:
            ValueError: in phase sgd, or when it is called too often in one step.
        """
        if self._held is None:
            phase = next_phase(self.param_groups)
            if not FORMULAS[phase].perturbs:
                raise ValueError(f"first_step() belongs to a phase that perturbs, but got {phase=}")
            target, self._ascents = self._target(), 0
            g = _gradients(target.w)
            if target.w and FORMULAS[target.phase].mixes:  # the others use it in this call alone
                g = owned(g)
            there = g
        else:
            (target, g), there = self._held, _gradients(self._held[0].w)
            if not target.w or self._ascents >= FORMULAS[target.phase].ascents(target.groups[0]):
                raise ValueError("first_step() must be followed by second_step(), but got another first_step()")
        if target.w:
            self._step.ascend(target, there)
        self._held, self._ascents = (target, g), self._ascents + 1
        for p in target.w:
            p.grad = None

    @torch.no_grad()
    def second_step(self) -> None:
        """Move the weights back to w and update them, with the parameters' present gradients as g_star.

        Raises:
            ValueError: there was no `first_step` before; the present gradients have the memory of the first ones.
        """
        target, g = self._take_back()
        count_step(self.param_groups)
        if target.w:
            g_star = _gradients(target.w)
            if FORMULAS[target.phase].mixes:
                require_apart(g, g_star)
            self._step.descend(target, g, g_star)
            self._figures = target.figures

    @torch.no_grad()
    def grad_norm(self) -> Tensor:
        """Global L2 norm of the parameters' present gradients, 0-dim, on their device; 0 when there are none."""
        w = self._with_gradient()
        return global_norm(_gradients(w)) if w else self.param_groups[0]["params"][0].new_zeros(())

    def way_back(self) -> Callable[[], None]:
        """Call it before a step that may fail before it has computed anything; returns a function that undoes the step.

        That function removes gradients, new momentum buffers and w + eps. It puts the earlier tensors back, and changes
        no number in them.
        """
        shown = [(p, p.data) for group in self.param_groups for p in group["params"]]
        kept = {p: dict(state) for p, state in self.state.items()}

        def undo() -> None:
            self._held, self._step = None, STEPS[self._step_name]()
            for p, data in shown:
                p.data, p.grad = data, None
            self.state.clear()
            self.state.update(kept)

        return undo

    @property
    def common(self) -> dict[str, Tensor]:
        """What is kept of all parameters together, as a part of the state_dict; it may be filled."""
        states: dict[Any, dict[str, Tensor]] = self.state
        return states.setdefault(COMMON, {})

    def take_scale(self) -> Tensor | None:
        """Return the scale of the last step where a rule adapts it, 0-dim on the device, and forget it; else None."""
        return self._figures.pop("scale", None)

    def reset_momentum(self) -> None:
        """Delete the momentum buffers of all parameters, and AdamW's averages; the next step starts with zeros."""
        for state in self.state.values():
            for name in (MOMENTUM, *OF_ADAMW):
                state.pop(name, None)

    def _single_step(self) -> None:
        target = self._target()
        count_step(self.param_groups)
        if target.w:
            self._step.descend(target, _gradients(target.w), None)

    def number_step(self, number: int) -> None:
        """Set the number of the next step, counted from 0. Needed only where steps are left out, as in a recording.

        Otherwise the optimizer counts its steps, also over a resume from its state_dict.
        """
        number_step(self.param_groups, number)

    def _take_back(self) -> tuple[Target, list[Tensor]]:
        if self._held is None:
            raise ValueError("second_step() must follow first_step(), but got no perturbed weights")
        (target, g), self._held = self._held, None
        if target.w:
            self._step.take_back(target.w)
        return target, g

    def _target(self) -> Target:
        phase = next_phase(self.param_groups)
        target = target_of(self.param_groups, self.state, phase, bool(FORMULAS[phase].keeps))
        adaptive = phase == "pugd" and self.param_groups[0]["scale_rule"] is not None
        return replace(target, paths=self.paths, common=self.common if adaptive else {})

    def _with_gradient(self) -> list[Tensor]:
        params = (p for group in self.param_groups for p in group["params"])
        return [p for p in params if p.requires_grad and p.grad is not None]


def _gradients(w: list[Tensor]) -> list[Tensor]:
    # With stochastic depth a parameter may get no gradient in the perturbed pass: it is zero there.
    return [torch.zeros_like(p) if (grad := p.grad) is None else grad for p in w]
