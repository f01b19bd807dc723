"""Augmentation and normalisation of a batch on its device: crop, flip, rotation, normalisation, cutout."""

from collections.abc import Sequence
from math import pi

import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.seeding import generator
from trainables.core.settings.config import AugmentationConfig


class Augmentation:
    """The random changes to all images of one epoch.

    They are drawn on the CPU from (seed, epoch) only, so that they are the same on every device.
    """

    def __init__(self, config: AugmentationConfig, images: Tensor, device: torch.device, seed: int, epoch: int) -> None:
        """Draw for all images (n, channels, height, width) of the epoch. Batches are then passed on `device`."""
        self._config = config
        number, (height, width) = len(images), images.shape[2:]
        source = generator(seed, "augmentation", epoch)
        if config.crop_padding > 0:
            self._top, self._left = torch.randint(2 * config.crop_padding + 1, (2, number), generator=source).to(device)
        if config.horizontal_flip == "alternating":
            # Only the first epoch is random; then every image changes sides each epoch (K. Jordan, arXiv 2404.00498).
            first = torch.randint(2, (number,), generator=generator(seed, "alternating flip"))
            self._mirrored = ((first + epoch) % 2).to(device, torch.bool)
        elif config.horizontal_flip:
            self._mirrored = torch.randint(2, (number,), generator=source).to(device, torch.bool)
        if config.rotation > 0.0:
            angle = (2.0 * torch.rand(number, generator=source) - 1.0) * (config.rotation * pi / 180.0)
            self._cos, self._sin = angle.cos().to(device), angle.sin().to(device)
        if config.cutout > 0:
            middle = (torch.rand(number, 2, generator=source) * torch.tensor([height, width])).to(torch.int64)
            self._corner = (middle - config.cutout // 2).to(device)

    def moved(self, images: Tensor, indices: Tensor) -> Tensor:
        """Return the batch cropped, flipped and rotated, before normalisation.

        images: uint8 (b, channels, height, width). indices: (b,), the place of each image among those of the epoch.
        """
        if self._config.crop_padding > 0:
            images = _crop(images, self._config.crop_padding, self._top[indices], self._left[indices])
        if self._config.horizontal_flip:
            images = torch.where(self._mirrored[indices].view(-1, 1, 1, 1), images.flip(3), images)
        if self._config.rotation > 0.0:
            images = _rotate(images, self._cos[indices], self._sin[indices])
        return images

    def cut_out(self, images: Tensor, indices: Tensor) -> Tensor:
        """Set a square of every normalised image to 0, in place (Cutout: DeVries & Taylor, arXiv 1708.04552).

        The square's centre is any pixel of the image, so that a part of it may lie outside.
        """
        side = self._config.cutout
        if side == 0:
            return images
        rows, columns = (
            _within(length, start, side)
            for length, start in zip(images.shape[2:], self._corner[indices].unbind(1), strict=True)
        )
        return images.masked_fill_((rows[:, None, :, None] & columns[:, None, None, :]), 0.0)


class Normalisation:
    """Computes (images / 255 - mean) / std for each channel, with mean and std on the device."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], device: torch.device) -> None:
        """mean, std: one number per channel, for pixels scaled to [0, 1]; std > 0."""
        self._mean, self._std = (torch.tensor(values, device=device).view(1, -1, 1, 1) for values in (mean, std))

    def __call__(self, images: Tensor) -> Tensor:
        """Take uint8 images (n, channels, height, width) and return float32 images of the same shape."""
        return images.to(torch.float32).div_(255.0).sub_(self._mean).div_(self._std)


def _crop(images: Tensor, padding: int, top: Tensor, left: Tensor) -> Tensor:
    number, _, height, width = images.shape
    padded = functional.pad(images, (padding, padding, padding, padding))
    # A view of all (2 * padding + 1)**2 crops of every image; indexing copies only one crop of each image.
    crops = padded.unfold(2, height, 1).unfold(3, width, 1)
    return crops[torch.arange(number, device=images.device), :, top, left]


def _rotate(images: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate each image about its centre, with the nearest pixel and black outside of the image."""
    height, width = images.shape[2:]
    y, x = (torch.arange(length, device=images.device) - (length - 1) / 2 for length in (height, width))
    y, x, cos, sin = y.view(1, -1, 1), x.view(1, 1, -1), cos.view(-1, 1, 1), sin.view(-1, 1, 1)
    row = (cos * y + sin * x + (height - 1) / 2).round().to(torch.int64)
    column = (cos * x - sin * y + (width - 1) / 2).round().to(torch.int64)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    pixel = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
    turned = images.flatten(2).gather(2, pixel.flatten(1).unsqueeze(1).expand(-1, images.shape[1], -1))
    return turned.view(images.shape) * inside.unsqueeze(1)


def _within(length: int, start: Tensor, side: int) -> Tensor:
    """Return bool (b, length): which of the numbers 0 to length - 1 lie in [start, start + side)."""
    places = torch.arange(length, device=start.device)
    return (places >= start.unsqueeze(1)) & (places < start.unsqueeze(1) + side)
