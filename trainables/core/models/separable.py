"""The layers of blueprint separable convolutions: Haase and Amthor, CVPR 2020 (arXiv:2003.13549)."""

import math
from collections.abc import Sequence
from typing import Any

from torch import nn

from trainables.core.settings.bsconv_config import SHARE

KERNELS = ((3, 3), (5, 5))
"""Sizes in pixels of the convolutions that are replaced; the authors' default."""
LEAST = 4
"""The least number of channels of the subspace; the authors' default."""


class Separable(nn.Sequential):
    """The layers that replace one convolution, or one depthwise separable block."""


class Subspace(nn.Conv2d):
    """The first layer of kind `s`, from M to M' channels. The regularisation keeps its rows orthonormal."""


def separable(layer: nn.Conv2d, kind: str, share: float = SHARE, norms: bool = False) -> Separable:
    """Return the layers that replace one convolution of M to N channels.

    u: 1 x 1 from M to N, then k x k for each channel alone. s: 1 x 1 from M to M' = min(M, max(4, ceil(share M))),
    1 x 1 from M' to N, then k x k for each channel alone. Stride, padding, dilation and bias go to the last of them.

    norms: whether BatchNorm follows each of the two 1 x 1 convolutions of kind s.
    """
    return _layers(layer.in_channels, layer.out_channels, layer, layer.bias is not None, kind, share, norms)


def turned_round(depthwise: nn.Conv2d, pointwise: nn.Conv2d, kind: str, share: float = SHARE) -> Separable:
    """Return the layers that replace a depthwise convolution followed by a 1 x 1 convolution.

    They are those of `separable` for the channels of the pair. Stride, padding and dilation are those of the depthwise
    convolution; there is a bias when the pair ends with one.
    """
    bias = pointwise.bias is not None
    return _layers(pointwise.in_channels, pointwise.out_channels, depthwise, bias, kind, share, False)


def _layers(
    inputs: int, outputs: int, spatial: nn.Conv2d, bias: bool, kind: str, share: float, norms: bool
) -> Separable:
    place: dict[str, Any] = {"device": spatial.weight.device, "dtype": spatial.weight.dtype}
    # Made first, since the order in which layers are made decides which initial weights a seed gives them.
    depthwise = nn.Conv2d(
        outputs,
        outputs,
        spatial.kernel_size,  # type: ignore[arg-type]
        stride=spatial.stride,  # type: ignore[arg-type]
        padding=spatial.padding,  # type: ignore[arg-type]
        dilation=spatial.dilation,  # type: ignore[arg-type]
        groups=outputs,
        bias=bias,
        padding_mode=spatial.padding_mode,
        **place,
    )
    if kind == "u":
        return Separable(nn.Conv2d(inputs, outputs, 1, bias=False, **place), depthwise)
    middle = min(inputs, max(LEAST, math.ceil(share * inputs)))
    across: Sequence[nn.Conv2d] = (
        Subspace(inputs, middle, 1, bias=False, **place),
        nn.Conv2d(middle, outputs, 1, bias=False, **place),
    )
    if not norms:
        return Separable(*across, depthwise)
    normed = ((layer, nn.BatchNorm2d(layer.out_channels, **place)) for layer in across)
    return Separable(*(module for pair in normed for module in pair), depthwise)
