"""ResNets for images of 32 x 32 pixels, with three stages: the CIFAR ResNets and wide ResNets.

He et al., CVPR 2016, section 4.2, and Zagoruyko and Komodakis, BMVC 2016. As in Haase and Amthor's networks, whose
sizes these have, there is a BatchNorm on the images, and shortcuts to other sizes are 1 x 1 convolutions.
"""

from functools import partial

from torch import Tensor, nn

from trainables.core.models.bsconv import NORMS
from trainables.core.models.parts import check_stem, check_width, initialised, normed, pooled_head

CHANNELS = (16, 32, 64)
"""Channels of the three stages, for width 1."""


class Basic(nn.Module):
    """Two 3 x 3 convolutions, each with BatchNorm, and a shortcut; ReLU after their sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(normed(inputs, outputs, 3, stride), normed(outputs, outputs, 3, activation=None))
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else normed(inputs, outputs, 1, stride, activation=None)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height / stride, width / stride)."""
        activated: Tensor = self.relu(self.layers(maps) + self.shortcut(maps))
        return activated


class PreActivation(nn.Module):
    """BatchNorm and ReLU before each of two 3 x 3 convolutions, and a shortcut, which other sizes take after the first
    ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(
            normed(inputs, outputs, 3, stride), nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        )
        same = inputs == outputs and stride == 1
        self.shortcut = None if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height / stride, width / stride)."""
        activated = self.before(maps)
        new: Tensor = self.layers(activated)
        return new + (maps if self.shortcut is None else self.shortcut(activated))


def cifar_resnet(
    depth: int,
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
) -> nn.Module:
    """Build a CIFAR ResNet of 6 n + 2 layers. stem: `imagenet` begins as a ResNet for large images does."""
    layers = [*_stem(in_channels, stem), nn.BatchNorm2d(CHANNELS[0]), nn.ReLU(inplace=True)]
    return _with_stages(layers, Basic, (depth - 2) // 6, 1.0, num_classes)


def wide_resnet(
    depth: int,
    num_classes: int,
    in_channels: int,
    image_size: int,  # noqa: ARG001
    stem: str = "cifar",
    width: float = 1.0,
) -> nn.Module:
    """Build a wide ResNet of 6 n + 4 layers. width: factor of the channels of all stages. stem: see `cifar_resnet`."""
    check_width(width)
    return _with_stages(_stem(in_channels, stem), PreActivation, (depth - 4) // 6, width, num_classes)


def _stem(in_channels: int, stem: str) -> list[nn.Module]:
    check_stem(stem)
    norm, channels = nn.BatchNorm2d(in_channels), CHANNELS[0]
    if stem == "cifar":
        return [norm, nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)]
    return [norm, nn.Conv2d(in_channels, channels, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1)]


def _with_stages(
    layers: list[nn.Module], block: type[Basic | PreActivation], blocks: int, width: float, num_classes: int
) -> nn.Module:
    inputs = CHANNELS[0]
    for stage, channels in enumerate(CHANNELS):
        outputs = int(channels * width)
        for number in range(blocks):
            layers.append(block(inputs, outputs, 2 if stage and not number else 1))
            inputs = outputs
    if block is PreActivation:
        layers += [nn.BatchNorm2d(inputs), nn.ReLU(inplace=True)]
    model = initialised(nn.Sequential(*layers, *pooled_head(inputs, num_classes)))
    setattr(model, NORMS, True)
    return model


cifar_resnet20, cifar_resnet56, cifar_resnet110, cifar_resnet302, cifar_resnet602 = (
    partial(cifar_resnet, depth) for depth in (20, 56, 110, 302, 602)
)
wrn16_1, wrn16_2, wrn16_4, wrn16_10 = (partial(wide_resnet, 16, width=width) for width in (1.0, 2.0, 4.0, 10.0))
wrn28_1, wrn28_2, wrn28_4, wrn28_10 = (partial(wide_resnet, 28, width=width) for width in (1.0, 2.0, 4.0, 10.0))
