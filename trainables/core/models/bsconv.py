"""Blueprint separable convolutions: Haase and Amthor, "Rethinking Depthwise Separable Convolutions", CVPR 2020.

A standard convolution of M to N channels and k x k pixels becomes (arXiv:2003.13549)

- `u`, unconstrained: 1 x 1 from M to N channels, then k x k for each channel alone: M N + N k k weights;
- `s`, subspace: 1 x 1 from M to M' channels, 1 x 1 from M' to N, then k x k for each channel alone:
  M M' + M' N + N k k weights, with M' = ceil(M / 4), no fewer than 4 and no more than M.

The order is the reverse of a depthwise separable convolution. Where the paper says nothing, this follows the defaults
of the authors' published code:

- Convolutions of 3 x 3 and 5 x 5 pixels are replaced, including the model's first one, for any number of channels.
- All others stay: 1 x 1, larger (the 7 x 7 of an ImageNet stem, the patches of a transformer), not square, grouped and
  depthwise ones (they are separable already), and subclasses of Conv2d (such as timm's with their own padding).
- There is no BatchNorm between the new layers (the authors' own ResNets of kind `s` have one there).
- The bias goes to the last of the new layers. New weights are initialised as torch initialises its layers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from trainables.core.settings.section import require

KERNELS = ((3, 3), (5, 5))
SHARE, LEAST = 0.25, 4
"""For kind `s`: M' / M, and the least M'. Both are the authors' defaults."""
PENALTY = 0.1
"""Weight of the orthonormal regularisation of kind `s`; the authors' default."""


class Separable(nn.Sequential):
    """The layers that replace one convolution."""


class Subspace(nn.Conv2d):
    """The first layer of kind `s`, from M to M' channels. The regularisation keeps its rows orthonormal."""


def rewrite(model: nn.Module, kind: str) -> nn.Module:
    """Replace the model's standard convolutions in place and return the model. kind: u or s.

    Raises:
        ConfigError: at `bsconv`, when the model has no such convolution.
    """
    standard = {module: None for module in model.modules() if _is_standard(module)}  # a shared layer occurs once
    rule = "must be left out for a model without standard convolutions of 3 x 3 or 5 x 5 pixels"
    require(bool(standard), "bsconv", rule, kind)
    new = {layer: separable(layer, kind) for layer in standard if isinstance(layer, nn.Conv2d)}
    for parent in list(model.modules()):
        for name, child in parent._modules.items():
            if isinstance(child, nn.Conv2d) and child in new:
                setattr(parent, name, new[child])
    return new[model] if isinstance(model, nn.Conv2d) else model


def separable(layer: nn.Conv2d, kind: str) -> Separable:
    """Return the layers that replace one convolution. Stride, padding, dilation and bias go to the last of them."""
    inputs, outputs = layer.in_channels, layer.out_channels
    place: dict[str, Any] = {"device": layer.weight.device, "dtype": layer.weight.dtype}
    depthwise = nn.Conv2d(
        outputs,
        outputs,
        layer.kernel_size,  # type: ignore[arg-type]
        stride=layer.stride,  # type: ignore[arg-type]
        padding=layer.padding,  # type: ignore[arg-type]
        dilation=layer.dilation,  # type: ignore[arg-type]
        groups=outputs,
        bias=layer.bias is not None,
        padding_mode=layer.padding_mode,
        **place,
    )
    if kind == "u":
        return Separable(nn.Conv2d(inputs, outputs, 1, bias=False, **place), depthwise)
    middle = min(inputs, max(LEAST, math.ceil(SHARE * inputs)))
    return Separable(
        Subspace(inputs, middle, 1, bias=False, **place), nn.Conv2d(middle, outputs, 1, bias=False, **place), depthwise
    )


@dataclass(frozen=True)
class Rewriting:
    """How many of a model's convolutions were replaced."""

    rewritten: int
    """Number of convolutions that are blueprint separable now."""
    spatial: int
    """Number of convolutions of more than one pixel, replaced or not."""
    only_the_stem: bool
    """Whether the replaced ones come before all other layers with weights, and are fewer than those."""


def rewriting_of(model: nn.Module) -> Rewriting:
    """Count the replaced convolutions of a model. "Before" means the order in which the model registers its layers."""
    inside = {part for module in model.modules() if isinstance(module, Separable) for part in module}
    layers = [m for m in model.modules() if isinstance(m, Separable | nn.Linear | nn.modules.conv._ConvNd)]
    layers = [layer for layer in layers if layer not in inside]
    new = [isinstance(layer, Separable) for layer in layers]
    other = [m for m in layers if isinstance(m, nn.modules.conv._ConvNd) and max(m.kernel_size) > 1]
    count, last = sum(new), len(new) - 1  # the last layer is the head
    return Rewriting(count, count + len(other), 0 < count < last - count and all(new[:count]))


def subspaces(model: nn.Module) -> tuple[Tensor, ...]:
    """Return the weights (M', M, 1, 1) to which the regularisation applies; empty for a model without kind `s`."""
    return tuple(module.weight for module in model.modules() if isinstance(module, Subspace))


def orthonormal_penalty(weights: Sequence[Tensor]) -> Tensor:
    """Return PENALTY times the sum over layers of the Frobenius norm of W W^T - I, for W (M', M). Added to the loss."""
    distances = []
    for weight in weights:
        w = weight.flatten(1)
        distances.append(torch.linalg.vector_norm(w @ w.T - torch.eye(len(w), dtype=w.dtype, device=w.device)))
    return PENALTY * torch.stack(distances).sum()


def _is_standard(module: nn.Module) -> bool:
    return type(module) is nn.Conv2d and module.groups == 1 and module.kernel_size in KERNELS
