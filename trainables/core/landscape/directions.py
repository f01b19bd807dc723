"""Random directions in the space of weights: Gaussian and scaled filter by filter, and of random signs."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from trainables.core.landscape.loss_function import Vector


def filter_normalised(weights: Sequence[Tensor], source: torch.Generator, still: Collection[int] = ()) -> Vector:
    """A Gaussian direction in which each filter has the norm of the weights' filter (Li et al. 2018, section 4).

    d_ij <- d_ij / norm(d_ij) * norm(w_ij), where j counts the filters of weight i: its slices along the first
    dimension, which are the filters of a convolution and the rows of a linear layer. Weights of at most one dimension,
    such as biases and those of BatchNorm, and the `still` ones have direction 0.

    Args:
        weights: the trained weights, each of shape (filters, ...).
        source: a generator on the CPU. The numbers are drawn there in float64, so that weights of the same shapes have
            the same direction, up to the scaling, on every device and in every precision.
        still: places of further weights that do not move.
    """
    found = []
    for place, weight in enumerate(weights):
        drawn = torch.randn(weight.shape, generator=source, dtype=torch.float64)
        if weight.ndim <= 1 or place in still:
            found.append(torch.zeros_like(weight))
            continue
        kept = weight.detach().to("cpu", torch.float64)
        scale = _norms(kept) / _norms(drawn).clamp_min(torch.finfo(torch.float64).tiny)
        found.append(_like(weight, drawn * scale))
    return found


def random_signs(weights: Sequence[Tensor], source: torch.Generator) -> Vector:
    """A Rademacher vector: each element is 1 or -1 with equal probability, drawn on the CPU."""
    signs = (2 * torch.randint(2, weight.shape, generator=source) - 1 for weight in weights)
    return [_like(weight, sign) for weight, sign in zip(weights, signs, strict=True)]


def gaussian(weights: Sequence[Tensor], source: torch.Generator) -> Vector:
    """A standard Gaussian vector, drawn on the CPU."""
    drawn = (torch.randn(weight.shape, generator=source, dtype=torch.float64) for weight in weights)
    return [_like(weight, own) for weight, own in zip(weights, drawn, strict=True)]


def _norms(weight: Tensor) -> Tensor:
    """The norm of each filter, of shape (filters, 1, ...), so that it multiplies the weight."""
    norms: Tensor = torch.linalg.vector_norm(weight.flatten(1), dim=1)
    return norms.reshape(-1, *[1] * (weight.ndim - 1))


def _like(weight: Tensor, values: Tensor) -> Tensor:
    """The values with the type and on the device of the weight."""
    return torch.empty_like(weight, requires_grad=False).copy_(values)
