"""ResNets: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, with a stem for small images too."""

from functools import partial
from typing import Any

from torch import nn

from trainables.core.models.torchvision_models import build
from trainables.core.settings.section import one_of, require

STEMS = ("cifar", "imagenet")


def resnet(
    name: str,
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001 - images may have any size, because the last pooling is adaptive
    stem: str = "cifar",
    **options: Any,
) -> nn.Module:
    """Build torchvision's ResNet `name` for images (batch, in_channels, height, width).

    stem: `cifar` starts with a 3x3 convolution of stride 1 and has no max-pooling, as is usual for small images;
    `imagenet` keeps the published 7x7 convolution of stride 2 and the max-pooling. options: passed to torchvision.
    """
    require(stem in STEMS, "options.stem", one_of(STEMS), stem)
    model = build(name, {"num_classes": num_classes}, options)
    if stem == "cifar":
        model.conv1 = _first(in_channels, kernel_size=3, stride=1)
        model.maxpool = nn.Identity()
    elif in_channels != 3:
        model.conv1 = _first(in_channels, kernel_size=7, stride=2)
    return model


def _first(in_channels: int, kernel_size: int, stride: int) -> nn.Conv2d:
    convolution = nn.Conv2d(in_channels, 64, kernel_size, stride, padding=kernel_size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")  # as in torchvision's ResNets
    return convolution


resnet18, resnet34, resnet50, resnet101, resnet152 = (
    partial(resnet, f"resnet{depth}") for depth in (18, 34, 50, 101, 152)
)
