"""What each layer is in the network of paths, whose weights are the squares of a network's weights.

A path goes from an input or a bias through one weight of each layer to an output. The network of paths computes sums of
products of squared weights over paths. It has the edges of the network and no activations:

- Linear layers and convolutions have their weights and biases squared. A bias is the weight of an edge from an input
  that is always 1 (Neyshabur et al. 2015).
- Mean pooling is a linear layer whose weights 1/n are fixed, with 1/n**2 as their squares.
- Max pooling has an edge of weight 1 from each of its inputs, so that it sums them (Gonon et al. 2024, theorem A.1).
- Sums and concatenations have edges of weight 1. Activations and dropout change no path.
"""

import operator
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

Squares: TypeAlias = Mapping[Tensor, Tensor]
"""Parameter -> its square."""
Sizes: TypeAlias = int | tuple[int, ...]
KNOWN = (
    "Linear, Conv2d, ReLU, LeakyReLU, Dropout, Dropout2d, Flatten, Identity, max and mean pooling, sums and "
    "concatenations"
)
"""The layers that have paths, for messages. ReLU and LeakyReLU are positively homogeneous."""


def _squared(layer: nn.Module, squares: Squares, x: Tensor) -> Any:
    own = {name: squares[p] for name, p in layer.named_parameters(recurse=False)}
    return torch.func.functional_call(layer, own, (x,))


def _same(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return x


def _sum(x: Any, other: Any, **more: Any) -> Tensor:
    if more or not (isinstance(x, Tensor) and isinstance(other, Tensor)):
        raise ValueError("adds something that is no output of a layer")
    return x + other


def max_pool(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The sum over each window. Raises: ValueError for windows with gaps and for indices of the maxima."""
    if return_indices or dilation not in (1, (1, 1), [1, 1]):
        raise ValueError("has a dilation, or returns indices")
    return _window_sums(x, kernel_size, stride, padding, ceil_mode)


def avg_pool(
    x: Tensor, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False, *args: Any
) -> Tensor:
    """The sum over each window, times the square of the weight that its mean gives to each input."""
    window, one = (kernel_size, stride, padding, ceil_mode), x.new_ones((1, 1, *x.shape[2:]))
    weights = functional.avg_pool2d(one, *window, *args) / _window_sums(one, *window)
    return _window_sums(x, *window) * weights.square()


def adaptive_max_pool(x: Tensor, output_size: Any, return_indices: bool = False) -> Tensor:
    """The sum over each window. Raises: ValueError for indices of the maxima."""
    if return_indices:
        raise ValueError("returns indices")
    means = functional.adaptive_avg_pool2d(x, output_size)
    return means * _window_areas(x, means)


def adaptive_avg_pool(x: Tensor, output_size: Any) -> Tensor:
    """The sum over each window, divided by the square of its area."""
    means = functional.adaptive_avg_pool2d(x, output_size)
    return means / _window_areas(x, means)


def _window_sums(x: Tensor, kernel_size: Sizes, stride: Sizes | None, padding: Sizes, ceil_mode: bool) -> Tensor:
    return functional.avg_pool2d(x, kernel_size, stride, padding, ceil_mode, divisor_override=1)


def _window_areas(x: Tensor, pooled: Tensor) -> Tensor:
    """The numbers of pixels in the windows of adaptive pooling, of shape (height, width) of what was pooled."""
    sides = []
    for inputs, outputs in zip(x.shape[2:], pooled.shape[2:], strict=True):
        number = torch.arange(outputs, device=x.device)
        sides.append(((number + 1) * inputs + outputs - 1) // outputs - number * inputs // outputs)
    return torch.outer(*sides).to(x.dtype)


def _attribute(x: Any, name: str) -> Any:
    if name not in ("shape", "ndim"):
        raise ValueError("is no size")
    return getattr(x, name)


def _mean(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    means = x.mean(*args, **kwargs)
    return means * (means.numel() / x.numel())


LAYERS: Mapping[type[nn.Module], Callable[[Any, Squares, Tensor], Any]] = types.MappingProxyType(
    {
        nn.Linear: _squared,
        nn.Conv2d: _squared,
        **dict.fromkeys((nn.ReLU, nn.LeakyReLU, nn.Dropout, nn.Dropout2d, nn.Identity), lambda _, __, x: x),
        nn.Flatten: lambda layer, _, x: layer(x),
        nn.MaxPool2d: lambda layer, _, x: max_pool(
            x, layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode, layer.return_indices
        ),
        nn.AvgPool2d: lambda layer, _, x: avg_pool(
            x,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.ceil_mode,
            layer.count_include_pad,
            layer.divisor_override,
        ),
        nn.AdaptiveMaxPool2d: lambda layer, _, x: adaptive_max_pool(x, layer.output_size, layer.return_indices),
        nn.AdaptiveAvgPool2d: lambda layer, _, x: adaptive_avg_pool(x, layer.output_size),
    }
)
"""Class of a layer, not of its subclasses -> what it is in the network of paths."""
FUNCTIONS: Mapping[Any, Callable[..., Any]] = types.MappingProxyType(
    {
        **dict.fromkeys((functional.relu, torch.relu, functional.leaky_relu, functional.dropout), _same),
        functional.dropout2d: _same,
        **dict.fromkeys((operator.add, operator.iadd, torch.add), _sum),
        torch.cat: torch.cat,
        torch.flatten: torch.flatten,
        functional.max_pool2d: max_pool,
        functional.avg_pool2d: avg_pool,
        functional.adaptive_avg_pool2d: adaptive_avg_pool,
        getattr: _attribute,
        "relu": _same,
        "relu_": _same,
        "contiguous": _same,
        "add": _sum,
        "add_": _sum,
        "mean": _mean,
        **{name: getattr(Tensor, name) for name in ("flatten", "view", "reshape", "size", "dim")},
    }
)
"""Function, or name of a method of a tensor -> what it is in the network of paths."""
