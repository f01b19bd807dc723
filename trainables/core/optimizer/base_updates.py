"""The base updates SGD and AdamW as functions on lists of tensors: what is done with the gradient of a method.

w: parameters; u: the gradient that the method has computed, such as PUGD's unit gradient. Called for the parameters of
one group at a time, which share all settings.
"""

import math
from typing import Any

import torch
from torch import Tensor

from trainables.core.optimizer.perturbations import Tensors

BASES = ("sgd", "adamw")
MOMENTUM = "momentum_buffer"
OF_ADAMW = ("exp_avg", "exp_avg_sq", "step")
"""Names of AdamW's state, as in torch: the averages of the gradient and of its square, and the number of steps."""


def sgd_update(w: Tensors, u: Tensors, m: Tensors, group: dict[str, Any], own: bool = False) -> None:
    """In place d = U + wd * w; m = mu * m + d; w = w - lr * m. Without momentum (mu = 0), m is not used.

    With Nesterov's momentum, w = w - lr * (d + mu * m) instead (Sutskever et al. 2013, as in torch). own: whether U may
    be overwritten. lr may be a tensor: a recorded update then reads it again in each replay.
    """
    lr, mu, wd, d = group["lr"], group["momentum"], group["weight_decay"], u
    if wd and own:
        torch._foreach_add_(u, w, alpha=wd)
    elif wd:
        d = torch._foreach_add(u, w, alpha=wd)
    if mu:
        torch._foreach_mul_(m, mu)
        torch._foreach_add_(m, d)
        d = torch._foreach_add(d, m, alpha=mu) if group["nesterov"] else m
    if isinstance(lr, Tensor):
        torch._foreach_sub_(w, torch._foreach_mul(d, lr))
    else:
        torch._foreach_add_(w, d, alpha=-lr)


def adamw_update(w: Tensors, u: Tensors, states: list[dict[str, Tensor]], group: dict[str, Any]) -> None:
    """In place AdamW (Loshchilov & Hutter 2019, algorithm 2), with t the number of steps of a parameter:

    w = (1 - lr * wd) * w; m = b1 * m + (1 - b1) * U; v = b2 * v + (1 - b2) * U**2;
    w = w - lr * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps).

    lr may be a tensor. Nothing waits for the device, so that the update can be recorded.
    """
    lr, wd, (b1, b2) = group["lr"], group["weight_decay"], group["betas"]
    m, v, steps = ([state[name] for state in states] for name in OF_ADAMW)
    if wd:
        torch._foreach_mul_(w, 1.0 - lr * wd)
    torch._foreach_add_(steps, 1.0)
    torch._foreach_lerp_(m, u, 1.0 - b1)
    torch._foreach_mul_(v, b2)
    torch._foreach_addcmul_(v, u, u, value=1.0 - b2)
    t = torch.stack(steps).double()
    denominators = torch._foreach_sqrt(v)
    torch._foreach_div_(denominators, (1.0 - b2**t).sqrt().unbind())
    torch._foreach_add_(denominators, group["eps"])
    d = torch._foreach_div(m, denominators)
    torch._foreach_mul_(d, (lr / (1.0 - b1**t)).unbind())
    torch._foreach_sub_(w, d)


def new_state(p: Tensor) -> dict[str, Tensor]:
    """AdamW's state of a parameter before its first step."""
    return {
        "exp_avg": torch.zeros_like(p),
        "exp_avg_sq": torch.zeros_like(p),
        "step": torch.zeros((), dtype=torch.float32, device=p.device),
    }


def check_base(group: dict[str, Any]) -> None:
    """Check a group's settings of the base update. Raises: ValueError."""
    betas, eps = group["betas"], group["eps"]
    if group["base"] not in BASES:
        raise ValueError(f"base must be one of {', '.join(BASES)}, but got base={group['base']!r}")
    if group["nesterov"] and not group["momentum"]:
        raise ValueError(f"nesterov needs momentum > 0, but got momentum={group['momentum']!r}")
    if len(betas) != 2 or not all(0.0 <= beta < 1.0 for beta in betas) or not 0.0 < eps < math.inf:
        raise ValueError(f"betas must be two numbers in [0, 1), and eps > 0, but got {betas=}, {eps=}")
