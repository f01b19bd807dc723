"""Networks of torchvision with a stem for small images too: DenseNet, EfficientNet, MnasNet and VGG."""

from typing import Any

from torch import nn

from trainables.core.models.parts import check_stem, check_width, with_first
from trainables.core.models.torchvision_models import build, called


def vgg16_bn(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    **options: Any,
) -> nn.Module:
    """Build VGG-16 with BatchNorm: Simonyan and Zisserman, ICLR 2015.

    stem: `cifar` has one linear layer on the mean of the last map, as is usual for small images; `imagenet` keeps the
    three published ones on 7 x 7 pixels. options: passed to torchvision.
    """
    check_stem(stem)
    model = build("vgg16_bn", {"num_classes": num_classes}, options)
    if in_channels != 3:
        with_first(model, ("features", "0"), in_channels=in_channels)
    if stem == "cifar":
        model.avgpool = nn.AdaptiveAvgPool2d(1)
        model.classifier = nn.Linear(512, num_classes)
    return model


def densenet121(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    **options: Any,
) -> nn.Module:
    """Build DenseNet-121: Huang et al., CVPR 2017.

    stem: `cifar` starts with a 3x3 convolution of stride 1 and has no max-pooling; `imagenet` keeps the published 7x7
    convolution of stride 2 and the max-pooling. options: passed to torchvision.
    """
    check_stem(stem)
    model = build("densenet121", {"num_classes": num_classes}, options)
    if stem == "cifar":
        with_first(model, ("features", "conv0"), in_channels=in_channels, kernel_size=3, stride=1, padding=1)
        model.features.pool0 = nn.Identity()  # type: ignore[union-attr]
    elif in_channels != 3:
        with_first(model, ("features", "conv0"), in_channels=in_channels)
    return model


def efficientnet_b0(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    **options: Any,
) -> nn.Module:
    """Build EfficientNet-B0: Tan and Le, ICML 2019.

    stem: `cifar` sets the first two strides of 2 to 1; `imagenet` keeps them. options: passed to torchvision.
    """
    model = build("efficientnet_b0", {"num_classes": num_classes}, options)
    return _for_images(model, in_channels, stem, ("features.0.0", "features.2.0.block.1.0"))


def mnasnet(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    width: float = 1.0,
    **options: Any,
) -> nn.Module:
    """Build MnasNet-B1: Tan et al., CVPR 2019.

    stem: `cifar` sets the first two strides of 2 to 1; `imagenet` keeps them. width: factor of all channels. options:
    passed to torchvision.
    """
    from torchvision.models import MNASNet

    check_width(width)
    model = called(MNASNet, "mnasnet", {"alpha": width, "num_classes": num_classes}, options)
    return _for_images(model, in_channels, stem, ("layers.0", "layers.8.0.layers.3"))


def _for_images(model: nn.Module, in_channels: int, stem: str, strided: tuple[str, str]) -> nn.Module:
    """Adapt a mobile network to the images. strided: its first two layers of stride 2, of which one is its first."""
    check_stem(stem)
    if in_channels != 3:
        with_first(model, strided[0].split("."), in_channels=in_channels)
    for name in strided if stem == "cifar" else ():
        layer = model.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        layer.stride = (1, 1)
    return model
