"""Xception: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017."""

from itertools import pairwise

from torch import Tensor, nn

from trainables.core.models.parts import check_stem, initialised, normed, pooled_head

MIDDLE = 8
"""Number of blocks in the middle of the network."""


class SeparableConvolution(nn.Sequential):
    """A 3 x 3 convolution of each channel alone, then a 1 x 1 convolution, with nothing between them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
            nn.Conv2d(inputs, outputs, 1, bias=False),
        )


class Block(nn.Module):
    """Separable convolutions with ReLU before and BatchNorm after each, and a shortcut."""

    def __init__(self, channels: tuple[int, ...], stride: int, pools: bool, first_relu: bool = True) -> None:
        """channels: of the input, and of the output of each convolution. pools: whether it ends with a max-pooling."""
        super().__init__()
        layers: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(pairwise(channels)):
            # Not in place, since the shortcut reads the same maps.
            relu = [nn.ReLU(inplace=number > 0)] if number or first_relu else []
            layers += [*relu, SeparableConvolution(inputs, outputs), nn.BatchNorm2d(outputs)]
        self.layers = nn.Sequential(*layers, *([nn.MaxPool2d(3, stride, 1)] if pools else []))
        changes = channels[0] != channels[-1]
        self.shortcut = normed(channels[0], channels[-1], 1, stride, activation=None) if changes else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """Map (batch, first channels, height, width) to (batch, last channels, height / stride, width / stride)."""
        added: Tensor = self.layers(maps) + self.shortcut(maps)
        return added


def xception(
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
) -> nn.Module:
    """Build Xception. stem: `cifar` has stride 1 in the first convolution and the first block; `imagenet` has 2.

    The stem `imagenet` keeps the size of the map by padding, where the published network loses a pixel on each side.
    """
    check_stem(stem)
    first = 1 if stem == "cifar" else 2
    layers = [
        normed(in_channels, 32, 3, first),
        normed(32, 64, 3),
        Block((64, 128, 128), first, pools=True, first_relu=False),
        Block((128, 256, 256), 2, pools=True),
        Block((256, 728, 728), 2, pools=True),
        *(Block((728, 728, 728, 728), 1, pools=False) for _ in range(MIDDLE)),
        Block((728, 728, 1024), 2, pools=True),
    ]
    for inputs, outputs in ((1024, 1536), (1536, 2048)):
        layers += [SeparableConvolution(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return initialised(nn.Sequential(*layers, *pooled_head(2048, num_classes)))
