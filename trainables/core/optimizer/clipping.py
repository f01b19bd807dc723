"""Clip the gradient of a mini-batch to a largest norm."""

import torch
from torch import Tensor

from trainables.core.optimizer.perturbations import Tensors

TINY_CLIP = 1e-6
"""Added to the norm in the denominator, as in torch.nn.utils.clip_grad_norm_."""


def clip_(g: Tensors, norm: Tensor, most: float) -> None:
    """In place g = g * min(1, most / norm(g)) (Pascanu et al. 2013). norm: the global norm of g, a 0-dim tensor."""
    if g:
        torch._foreach_mul_(g, (most / (norm + TINY_CLIP)).clamp(max=1.0))
