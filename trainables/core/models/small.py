"""A small convolutional classifier for tests, smoke sweeps and cheap comparisons on one CPU core."""

from torch import nn

from trainables.core.settings.section import require


def small(num_classes: int, in_channels: int, image_size: int, width: int = 16, norm: bool = True) -> nn.Module:
    """Build three 3x3 convolutions of width, 2 width and 4 width channels with BatchNorm, and global average pooling.

    norm: false leaves out BatchNorm and gives the convolutions biases, for methods such as path_sgd.

    image_size: >= 8. width: >= 1; width 16 has 24,058 parameters for digits (1 channel, 10 classes). From an 8 x 8
    image, 2 x 2 pixels are left before the pooling, so that BatchNorm can train on a mini-batch of one image.
    """
    require(image_size >= 8, "name", f"needs images of at least 8 pixels, not {image_size}: choose another", "small")
    require(type(width) is int and width >= 1, "options.width", "must be an integer >= 1", width)
    require(type(norm) is bool, "options.norm", "must be true or false", norm)
    return nn.Sequential(
        *_convolution(in_channels, width, 2, norm),
        *_convolution(width, 2 * width, 1, norm),
        *_convolution(2 * width, 4 * width, 2, norm),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * width, num_classes),
    )


def _convolution(in_channels: int, out_channels: int, stride: int, norm: bool) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=not norm)
    return convolution, *([nn.BatchNorm2d(out_channels)] if norm else []), nn.ReLU(inplace=True)
