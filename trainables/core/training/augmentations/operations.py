"""The 14 operations of RandAugment on batches of uint8 images, as torchvision computes them.

Each takes images (b, channels, height, width) and the signed strength of each image (b,). The strength grows in
proportion to the magnitude, from 0; LARGEST says which strength belongs to magnitude 30.
"""

from collections.abc import Callable, Mapping
from math import pi
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.training.augmentations.affine import affine
from trainables.core.training.augmentations.colors import blended, grey

Operation = Callable[[Tensor, Tensor], Tensor]
MAGNITUDES = 30
LARGEST: Mapping[str, float] = MappingProxyType(
    {
        "shear_x": 0.3,
        "shear_y": 0.3,
        "translate_x": 150.0 / 331.0,
        "translate_y": 150.0 / 331.0,
        "rotate": 30.0,
        "brightness": 0.9,
        "color": 0.9,
        "contrast": 0.9,
        "sharpness": 0.9,
        "posterize": 4.0,
        "solarize": 1.0,
    }
)
"""Strength at magnitude 30. Shear: pixels by which neighbouring lines are moved against each other. Translation: share
of the side. Rotation: degrees. Colours: change of the factor 1. posterize: bits left out. solarize: share of 255 by
which the threshold is below 255."""
SIGNED = frozenset(LARGEST) - {"posterize", "solarize"}
"""Operations whose strength is negative with probability 1/2."""


def shear_x(images: Tensor, strength: Tensor) -> Tensor:
    """Move each row to the left by `strength` times its distance from the upper edge."""
    return affine(images, across=strength, shift_x=_half_sides(images, strength, 2))


def shear_y(images: Tensor, strength: Tensor) -> Tensor:
    """Move each column up by `strength` times its distance from the left edge."""
    return affine(images, down=strength, shift_y=_half_sides(images, strength, 3))


def _half_sides(images: Tensor, strength: Tensor, dim: int) -> Tensor:
    return strength * (images.shape[dim] / 2)


def translate_x(images: Tensor, strength: Tensor) -> Tensor:
    """Move to the right by this share of the width, in whole pixels."""
    return affine(images, shift_x=-(strength * images.shape[3]).trunc())


def translate_y(images: Tensor, strength: Tensor) -> Tensor:
    """Move down by this share of the height, in whole pixels."""
    return affine(images, shift_y=-(strength * images.shape[2]).trunc())


def rotate(images: Tensor, strength: Tensor) -> Tensor:
    """Rotate about the centre, anticlockwise, by degrees."""
    angle = strength * (pi / 180.0)
    return affine(images, turned=(angle.cos(), angle.sin()))


def brightness(images: Tensor, strength: Tensor) -> Tensor:
    """Multiply all pixels by 1 + strength."""
    return (images * (1.0 + strength).view(-1, 1, 1, 1)).clamp_(0.0, 255.0).to(torch.uint8)


def color(images: Tensor, strength: Tensor) -> Tensor:
    """Multiply the distance of pixels from their own brightness by 1 + strength. Grey images stay as they are."""
    return images if images.shape[1] == 1 else _blended(images, _brightness(images), strength)


def contrast(images: Tensor, strength: Tensor) -> Tensor:
    """Multiply the distance of pixels from the image's mean brightness by 1 + strength."""
    return _blended(images, _brightness(images).mean((1, 2, 3), keepdim=True), strength)


def sharpness(images: Tensor, strength: Tensor) -> Tensor:
    """Multiply the distance of pixels from a smoothed image by 1 + strength. The outermost pixels stay as they are.

    A smoothed pixel is the mean of 3 x 3 pixels, in which the middle one counts 5 times.
    """
    if min(images.shape[2:]) < 3:
        return images
    pixels = images.to(torch.float32)
    middle = pixels[:, :, 1:-1, 1:-1]
    smooth = ((functional.avg_pool2d(pixels, 3, 1, divisor_override=1) + 4.0 * middle) / 13.0).round_()
    pixels[:, :, 1:-1, 1:-1] = blended(middle, smooth, 1.0 + strength, 255.0)
    return pixels.to(torch.uint8)


def posterize(images: Tensor, strength: Tensor) -> Tensor:
    """Set the lowest bits of every pixel to 0: round(strength) of its 8."""
    step = (2.0 ** strength.round()).to(torch.uint8).view(-1, 1, 1, 1)
    return images - images % step


def solarize(images: Tensor, strength: Tensor) -> Tensor:
    """Invert all pixels that are not below 255 * (1 - strength)."""
    return torch.where(images >= (255.0 * (1.0 - strength)).view(-1, 1, 1, 1), 255 - images, images)


def auto_contrast(images: Tensor, strength: Tensor) -> Tensor:  # noqa: ARG001
    """Stretch the values of each channel to [0, 255]. A channel with one value stays as it is."""
    pixels = images.to(torch.float32)
    least, most = pixels.amin((2, 3), keepdim=True), pixels.amax((2, 3), keepdim=True)
    flat = most == least
    scale = ((most - least) * (1.0 / 255.0)).masked_fill_(flat, 1.0)
    return ((pixels - least.masked_fill(flat, 0.0)) / scale).clamp_(0.0, 255.0).to(torch.uint8)


def equalize(images: Tensor, strength: Tensor) -> Tensor:  # noqa: ARG001
    """Make the histogram of each channel as flat as possible, as Pillow's ImageOps.equalize does.

    With h the histogram, and step = (pixels - those of the largest value) // 255: value v becomes
    (step // 2 + h[0] + ... + h[v - 1]) // step. A channel with step 0 stays as it is.
    """
    pixels = images.flatten(2).long()
    counts = torch.zeros((*pixels.shape[:2], 256), dtype=torch.int64, device=images.device)
    counts.scatter_add_(2, pixels, torch.ones_like(pixels))
    largest = counts.gather(2, pixels.amax(2, keepdim=True))
    step = (pixels.shape[2] - largest) // 255
    below = counts.cumsum(2) - counts
    values = ((below + step // 2) // step.clamp(min=1)).clamp_(max=255)
    return torch.where(step == 0, pixels, values.gather(2, pixels)).to(torch.uint8).view(images.shape)


def identity(images: Tensor, strength: Tensor) -> Tensor:  # noqa: ARG001
    """Change nothing."""
    return images


def _brightness(images: Tensor) -> Tensor:
    """The brightness of every pixel in whole numbers."""
    return grey(images.to(torch.float32)).floor()


def _blended(images: Tensor, other: Tensor, strength: Tensor) -> Tensor:
    return blended(images.to(torch.float32), other, 1.0 + strength, 255.0).to(torch.uint8)


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.__name__: operation
        for operation in (
            identity,
            shear_x,
            shear_y,
            translate_x,
            translate_y,
            rotate,
            brightness,
            color,
            contrast,
            sharpness,
            posterize,
            solarize,
            auto_contrast,
            equalize,
        )
    }
)
