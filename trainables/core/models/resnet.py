"""ResNets: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, with a stem for small images too."""

import types
from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import nn

from trainables.core.models.parts import check_stem
from trainables.core.models.torchvision_models import build, called

BLOCKS: Mapping[str, tuple[int, int, int, int]] = types.MappingProxyType(
    {"resnet10": (1, 1, 1, 1), "resnet26": (3, 3, 3, 3), "resnet68": (3, 4, 23, 3), "resnet102": (3, 8, 36, 3)}
)
"""ResNets of basic blocks that torchvision has no name for -> number of blocks in each stage."""


def resnet(
    name: str,
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001 - images may have any size, because the last pooling is adaptive
    stem: str = "cifar",
    **options: Any,
) -> nn.Module:
    """Build the ResNet `name`, of torchvision or of BLOCKS, for images (batch, in_channels, height, width).

    stem: `cifar` starts with a 3x3 convolution of stride 1 and has no max-pooling, as is usual for small images;
    `imagenet` keeps the published 7x7 convolution of stride 2 and the max-pooling. options: passed to torchvision.
    """
    check_stem(stem)
    make = _of_basic_blocks if name in BLOCKS else build
    model = make(name, {"num_classes": num_classes}, options)
    if stem == "cifar":
        model.conv1 = _first(in_channels, kernel_size=3, stride=1)
        model.maxpool = nn.Identity()
    elif in_channels != 3:
        model.conv1 = _first(in_channels, kernel_size=7, stride=2)
    return model


def _of_basic_blocks(name: str, arguments: dict[str, Any], options: dict[str, Any]) -> nn.Module:
    from torchvision.models.resnet import BasicBlock, ResNet  # imported here, since it takes a second

    return called(partial(ResNet, BasicBlock, list(BLOCKS[name])), name, arguments, options)


def _first(in_channels: int, kernel_size: int, stride: int) -> nn.Conv2d:
    convolution = nn.Conv2d(in_channels, 64, kernel_size, stride, padding=kernel_size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")  # as in torchvision's ResNets
    return convolution


resnet18, resnet34, resnet50, resnet101, resnet152 = (
    partial(resnet, f"resnet{depth}") for depth in (18, 34, 50, 101, 152)
)
resnet10, resnet26, resnet68, resnet102 = (partial(resnet, name) for name in BLOCKS)
