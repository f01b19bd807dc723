"""Factors for the scale that follow the training, from the two gradients of a step and without a third.

g: gradient at w; g_star: gradient at w + eps. Norms and products run over all parameters together. Every factor is a
0-dim tensor on the device, so that nothing waits for it and a step can be recorded.
"""

import types
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from trainables.core.optimizer.perturbations import TINY, Tensors, global_norm

Kept = dict[str, Tensor]
"""What a rule keeps from step to step, which is part of the state of the training."""
Factor = Callable[[Tensors, Tensors, Kept, int], Tensor]


def norm_ratio(g: Tensors, g_star: Tensors, kept: Kept, window: int) -> Tensor:  # noqa: ARG001
    """Return norm(g_star) / norm(g): above 1 where the loss is steeper at w + eps."""
    return global_norm(g_star) / (global_norm(g) + TINY)


def cosine(g: Tensors, g_star: Tensors, kept: Kept, window: int) -> Tensor:  # noqa: ARG001
    """Return (1 + cos(g, g_star)) / 2, in [0, 1]: 1 where both gradients have one direction."""
    return (1.0 + inner(g, g_star) / (global_norm(g) * global_norm(g_star) + TINY)) / 2.0


def batch_variance(g: Tensors, g_star: Tensors, kept: Kept, window: int) -> Tensor:  # noqa: ARG001
    """Return var(n) / mean(n)**2 of the norms n of g in the last `window` steps, this one included, or in all so far.

    It is the variance over the mini-batches, divided so that it does not depend on the size of the loss. It is 0 in the
    first step.
    """
    norm = global_norm(g)
    if "norms" not in kept or kept["norms"].numel() != window:
        kept["norms"], kept["seen"] = norm.new_zeros(window), norm.new_zeros(())
    norms, seen = kept["norms"], kept["seen"]
    norms.copy_(torch.roll(norms, 1))
    norms[:1] = norm
    seen.add_(1.0).clamp_(max=float(window))
    mean = norms.sum() / seen
    taken = torch.arange(window, device=norms.device) < seen
    return ((norms - mean).square() * taken).sum() / seen / (mean + TINY).square()


RULES: Mapping[str, Factor] = types.MappingProxyType(
    {"norm_ratio": norm_ratio, "cosine": cosine, "batch_variance": batch_variance}
)
"""`scale.rule` -> its factor."""


def inner(one: Tensors, other: Tensors) -> Tensor:
    """The inner product of two lists of tensors as a 0-dim tensor."""
    return torch.stack([product.sum() for product in torch._foreach_mul(one, other)]).sum()
