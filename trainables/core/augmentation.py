"""What is done to the images of an epoch, on their own device: random crop, random flip, normalisation."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.config import AugmentationConfig


def augment(images: Tensor, config: AugmentationConfig, generator: torch.Generator) -> Tensor:
    """Crop and flip every image by its own draw.

    images: uint8 (n, channels, height, width), an epoch or a batch. The result has the same shape, type and device;
    without crop and flip it is `images` itself. All draws come from the CPU `generator`, first the crops' offsets and
    then the flips, so that they are the same on every device.
    """
    if config.crop_padding > 0:
        images = _random_crop(images, config.crop_padding, generator)
    if config.horizontal_flip:
        images = _random_flip(images, generator)
    return images


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(images / 255 - mean) / std for uint8 (n, channels, height, width); float32 on the same device."""
    shift, spread = (torch.tensor(values, device=images.device).view(1, -1, 1, 1) for values in (mean, std))
    return images.to(torch.float32).div_(255.0).sub_(shift).div_(spread)


def _random_crop(images: Tensor, padding: int, generator: torch.Generator) -> Tensor:
    number, _, height, width = images.shape
    top, left = torch.randint(2 * padding + 1, (2, number), generator=generator).to(images.device)
    padded = functional.pad(images, (padding, padding, padding, padding))
    # A view of all (2 * padding + 1)**2 crops of every image; indexing it copies one crop each.
    crops = padded.unfold(2, height, 1).unfold(3, width, 1)
    return crops[torch.arange(number, device=images.device), :, top, left]


def _random_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    flipped = torch.randint(2, (images.shape[0], 1, 1, 1), generator=generator).to(images.device, torch.bool)
    return torch.where(flipped, images.flip(3), images)
