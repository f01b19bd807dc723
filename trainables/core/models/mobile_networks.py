"""MobileNetV1, V2 and V3, for small images as published with blueprint separable convolutions (CVPR 2020).

The networks for images of 32 x 32 pixels have the sizes of Haase and Amthor's tables: a BatchNorm on the images, all
channels multiplied by the width and rounded down, and strides of 1 in the stem and in the first stage that has 2. Those
for large images are torchvision's; MobileNetV1, which torchvision has not, is written here for both.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor, nn

from trainables.core.models.parts import check_stem, check_width, initialised, normed, pooled_head, with_first
from trainables.core.models.torchvision_models import build
from trainables.core.settings.section import require


class Stage(NamedTuple):
    """Blocks between two changes of the size of the map. Lists have one number for each block."""

    outputs: Sequence[int]
    inner: Sequence[int]
    """Channels of the depthwise convolutions; empty for MobileNetV1, where they are those of the input."""
    stride: int
    """Of the first block."""
    kernel: int = 3
    gates: Sequence[int] = ()
    """1 for a block with squeeze-and-excitation; empty for none."""
    activation: Callable[..., nn.Module] = nn.ReLU


V1 = ([64], [128] * 2, [256] * 2, [512] * 6, [1024] * 2)
V2 = (
    Stage([16], [32], 1, activation=nn.ReLU6),
    Stage([24] * 2, [96, 144], 1, activation=nn.ReLU6),
    Stage([32] * 3, [144, 192, 192], 2, activation=nn.ReLU6),
    Stage([64] * 4 + [96] * 3, [192] + [384] * 4 + [576] * 2, 2, activation=nn.ReLU6),
    Stage([160] * 3 + [320], [576] + [960] * 3, 2, activation=nn.ReLU6),
)
V3_SMALL = (
    Stage([16], [16], 1, 3, [1]),
    Stage([24] * 2, [72, 88], 2, 3),
    Stage([40] * 3 + [48] * 2, [96, 240, 240, 120, 144], 2, 5, [1] * 5, nn.Hardswish),
    Stage([96] * 3, [288, 576, 576], 2, 5, [1] * 3, nn.Hardswish),
)
V3_LARGE = (
    Stage([16], [16], 1, 3),
    Stage([24] * 2, [64, 72], 1, 3),
    Stage([40] * 3, [72, 120, 120], 2, 5, [1] * 3),
    Stage([80] * 4 + [112] * 2, [240, 200, 184, 184, 480, 672], 2, 3, [0] * 4 + [1] * 2, nn.Hardswish),
    Stage([160] * 3, [672, 960, 960], 2, 5, [1] * 3, nn.Hardswish),
)


class Network(NamedTuple):
    """MobileNetV2 or V3 for small images."""

    first: int
    """Channels of the first convolution."""
    stages: Sequence[Stage]
    last: int
    """Channels of the last convolution, which widths below 1 leave as they are."""
    activation: Callable[..., nn.Module]
    """Of the first and of the last convolution."""
    gate: bool = False
    """Whether squeeze-and-excitation follows the last convolution."""


NETWORKS: Mapping[str, Network] = types.MappingProxyType(
    {
        "mobilenet_v2": Network(32, V2, 1280, nn.ReLU6),
        "mobilenet_v3_small": Network(16, V3_SMALL, 576, nn.Hardswish, gate=True),
        "mobilenet_v3_large": Network(16, V3_LARGE, 960, nn.Hardswish),
    }
)


class SqueezeExcitation(nn.Module):
    """Multiply every channel by a weight in [0, 1] that the means of all channels decide."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(1, channels // 4)
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(squeezed, channels, 1),
            nn.Hardsigmoid(inplace=True),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same shape."""
        weighted: Tensor = maps * self.weights(maps)
        return weighted


class InvertedResidual(nn.Module):
    """Expand by a 1 x 1 convolution, filter each channel alone, project by a 1 x 1 convolution without activation."""

    def __init__(
        self,
        inputs: int,
        inner: int,
        outputs: int,
        stride: int,
        kernel: int,
        gate: bool,
        activation: Callable[..., nn.Module],
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            normed(inputs, inner, activation=activation),
            normed(inner, inner, kernel, stride, inner, activation),
            *([SqueezeExcitation(inner)] if gate else []),
            normed(inner, outputs, activation=None),
        )
        self.adds = inputs == outputs and stride == 1

    def forward(self, maps: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height / stride, width / stride)."""
        new: Tensor = self.layers(maps)
        return maps + new if self.adds else new


def mobilenet_v1(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    width: float = 1.0,
) -> nn.Module:
    """Build MobileNetV1: Howard et al., arXiv:1704.04861.

    stem: `cifar` has stride 1 in the first convolution and in the second stage; `imagenet` keeps the published 2.
    width: factor of all channels, which are rounded down.
    """
    check_stem(stem)
    check_width(width)
    small = stem == "cifar"
    channels = int(32 * width)
    layers = [*([nn.BatchNorm2d(in_channels)] if small else []), normed(in_channels, channels, 3, 1 if small else 2)]
    for stage, stride in zip(V1, (1, 1 if small else 2, 2, 2, 2), strict=True):
        for number, unscaled in enumerate(stage):
            outputs = int(unscaled * width)
            layers.append(normed(channels, channels, 3, 1 if number else stride, channels))
            layers.append(normed(channels, outputs))
            channels = outputs
    return initialised(nn.Sequential(*layers, *pooled_head(channels, num_classes)))


def inverted(
    name: str,
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    width: float = 1.0,
    **options: Any,
) -> nn.Module:
    """Build MobileNetV2 (Sandler et al., CVPR 2018) or V3 (Howard et al., ICCV 2019) by its name.

    stem: `cifar` is the published network for images of 32 x 32 pixels; `imagenet` is torchvision's. width: factor of
    all channels. options: passed to torchvision, with the stem imagenet.
    """
    check_stem(stem)
    check_width(width)
    if stem == "cifar":
        rule = f"must be keyword arguments that {name} takes with the stem cifar: stem and width"
        require(not options, "options", rule, options)
        return _small(NETWORKS[name], num_classes, in_channels, width)
    model = build(name, {"num_classes": num_classes, "width_mult": width}, options)
    if in_channels != 3:
        with_first(model, ("features", "0", "0"), in_channels=in_channels)
    return model


def _small(network: Network, num_classes: int, in_channels: int, width: float) -> nn.Module:
    channels = int(network.first * width)
    layers: list[nn.Module] = [nn.BatchNorm2d(in_channels)]
    layers.append(normed(in_channels, channels, 3, activation=network.activation))
    for stage in network.stages:
        gates = stage.gates or [0] * len(stage.outputs)
        for number, (outputs, inner, gate) in enumerate(zip(stage.outputs, stage.inner, gates, strict=True)):
            sizes = (channels, int(inner * width), int(outputs * width))
            stride = 1 if number else stage.stride
            layers.append(InvertedResidual(*sizes, stride, stage.kernel, bool(gate), stage.activation))
            channels = sizes[-1]
    last = int(network.last * max(1.0, width))
    layers.append(normed(channels, last, activation=network.activation))
    if network.gate:
        layers.append(SqueezeExcitation(last))
    return initialised(nn.Sequential(*layers, *pooled_head(last, num_classes)))


mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large = (partial(inverted, name) for name in NETWORKS)
