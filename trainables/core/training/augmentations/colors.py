"""Formulas that change the colours of a batch. Pixels are float in [0, 1]; one factor for each image, (b,)."""

import torch
from torch import Tensor

GREY = (0.2989, 0.587, 0.114)
"""Shares of red, green and blue in the brightness that the eye sees (ITU-R BT.601)."""


def grey(images: Tensor) -> Tensor:
    """Return the brightness of every pixel, (b, 1, height, width)."""
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    shade: Tensor = red.mul(GREY[0]).add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2])
    return shade


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply all pixels by the factor."""
    return (images * _each(factor)).clamp_(0.0, 1.0)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply the distance of all pixels from the image's mean brightness by the factor."""
    return blended(images, grey(images).mean((1, 2, 3), keepdim=True), factor)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply the distance of all pixels from their own brightness by the factor. Grey images stay as they are."""
    return blended(images, grey(images), factor)


def blended(images: Tensor, other: Tensor, factor: Tensor, most: float = 1.0) -> Tensor:
    """Return factor * images + (1 - factor) * other, in [0, most]. Where both are equal, it is exactly this value."""
    return torch.lerp(other, images, _each(factor)).clamp_(0.0, most)


def hue(images: Tensor, turn: Tensor) -> Tensor:
    """Turn the hue of colour images (b, 3, height, width) by this share of the colour circle.

    By way of hue H, saturation S and value V (A. R. Smith, "Color gamut transform pairs", 1978), in the form without
    branches: channel = V - V S max(0, min(k, 4 - k, 1)), k = (n + 6 H) mod 6, with n = 5, 3, 1 for red, green, blue.
    """
    red, green, blue = images.split(1, dim=1)
    value, least = images.amax(1, keepdim=True), images.amin(1, keepdim=True)
    chroma = value - least
    safe = chroma.masked_fill(chroma == 0.0, 1.0)
    sixths = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, (blue - red) / safe + 2.0, (red - green) / safe + 4.0),
    )
    sixths = (sixths / 6.0 + _each(turn)).remainder(1.0) * 6.0
    n = torch.arange(5, 0, -2, device=images.device).view(1, 3, 1, 1)
    k = (n + sixths).remainder(6.0)
    return value - chroma * torch.minimum(k, 4.0 - k).clamp_(0.0, 1.0)


def gamma(images: Tensor, power: Tensor) -> Tensor:
    """Raise all pixels to the power."""
    return images.pow(_each(power))


def _each(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)
