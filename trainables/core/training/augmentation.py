"""Augmentation and normalisation of a batch on its device."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import pi
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from trainables.core.seeding import generator
from trainables.core.settings.config import AugmentationConfig
from trainables.core.training.augmentations.affine import affine
from trainables.core.training.augmentations.color_jitter import ColorJitter, Gamma, in_unit_range
from trainables.core.training.augmentations.epoch import Change, EpochImages, Places, within
from trainables.core.training.augmentations.erasing import RandomErasing
from trainables.core.training.augmentations.mixing import Mixing
from trainables.core.training.augmentations.rand_augment import RandAugment
from trainables.core.training.augmentations.random_crop import RandomCrop
from trainables.core.training.augmentations.resized_crop import RandomResizedCrop

Kinds = Mapping[str, Callable[[Any, EpochImages], Change]]
LATER: Kinds = MappingProxyType({"rand_augment": RandAugment, "color_jitter": ColorJitter, "gamma": Gamma})
"""Changes after crop, flip and rotation, in this order: name of the setting -> class. They return uint8 images, or
float32 ones in [0, 1]."""
NORMALISED: Kinds = MappingProxyType({"random_erasing": RandomErasing})
"""Changes of normalised images."""


class Augmentation:
    """The random changes to all images of one epoch.

    They are drawn on the CPU from (seed, epoch) only, so that they are the same on every device. Their order:

    1. `moved`: random_resized_crop or crop_size, crop_padding, horizontal_flip, rotation, rand_augment, color_jitter,
       gamma
    2. normalisation
    3. `cut_out`: random_erasing, cutout
    4. `mixed`: mixup or cutmix
    """

    def __init__(self, config: AugmentationConfig, images: Tensor, device: torch.device, seed: int, epoch: int) -> None:
        """Draw for all images (n, channels, height, width) of the epoch. Batches are then passed on `device`."""
        self._config = config
        number, side = len(images), config.crop_size
        height, width = images.shape[2:]
        whole = EpochImages(number, images.shape[1], height, width, device, seed, epoch)
        drawn = whole if side is None else replace(whole, height=side, width=side)
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
            lengths = torch.tensor([drawn.height, drawn.width])
            middle = (torch.rand(number, 2, generator=source) * lengths).to(torch.int64)
            self._corner = (middle - config.cutout // 2).to(device)
        self._first: Change | None = None if side is None else RandomCrop(side, whole)
        if config.random_resized_crop is not None:
            self._first = RandomResizedCrop(config.random_resized_crop, whole, (drawn.height, drawn.width))
        self._later, self._normalised = (
            [kinds[name](settings, drawn) for name in kinds if (settings := getattr(config, name)) is not None]
            for kinds in (LATER, NORMALISED)
        )
        self._mixing = Mixing(config, drawn) if config.mixes else None

    def moved(self, images: Tensor, indices: Tensor, here: Tensor | None = None) -> Tensor:
        """Return the batch changed in all ways that come before normalisation: uint8, or float32 in [0, 1].

        images: uint8 (b, channels, height, width). indices: (b,), the place of each image among those of the epoch.
        here: the same indices on the CPU; without them, they are copied, which waits for a GPU.
        """
        places = Places(indices, indices.cpu() if here is None else here)
        if self._first is not None:
            images = self._first(images, places)
        if self._config.crop_padding > 0:
            images = _crop(images, self._config.crop_padding, self._top[indices], self._left[indices])
        if self._config.horizontal_flip:
            images = torch.where(self._mirrored[indices].view(-1, 1, 1, 1), images.flip(3), images)
        if self._config.rotation > 0.0:
            images = affine(images, turned=(self._cos[indices], self._sin[indices]))
        for change in self._later:
            images = change(images, places)
        return images

    def cut_out(self, images: Tensor, indices: Tensor) -> Tensor:
        """Return normalised images with a rectangle (random erasing) and a square (cutout) set to 0, maybe in place.

        The centre of the square is any pixel of the image, so that a part of it may lie outside (DeVries & Taylor,
        arXiv 1708.04552).
        """
        for change in self._normalised:
            images = change(images, Places(indices, indices))
        side = self._config.cutout
        if side == 0:
            return images
        rows, columns = (
            within(length, start, side)
            for length, start in zip(images.shape[2:], self._corner[indices].unbind(1), strict=True)
        )
        return images.masked_fill_((rows[:, None, :, None] & columns[:, None, None, :]), 0.0)

    def mixed(self, images: Tensor, labels: Tensor, indices: Tensor) -> tuple[Tensor, ...]:
        """Mix normalised images with each other, in place. Returns the images and the targets, see `mean_loss`."""
        if self._mixing is None:
            return images, labels
        return self._mixing(images, labels, indices)


class Normalisation:
    """Computes (images / 255 - mean) / std for each channel, with mean and std on the device."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], device: torch.device) -> None:
        """mean, std: one number per channel, for pixels scaled to [0, 1]; std > 0."""
        self._mean, self._std = (torch.tensor(values, device=device).view(1, -1, 1, 1) for values in (mean, std))

    def __call__(self, images: Tensor) -> Tensor:
        """Take uint8 images (n, channels, height, width), or float32 ones in [0, 1]; return float32 ones."""
        pixels = images - self._mean if images.is_floating_point() else in_unit_range(images).sub_(self._mean)
        return pixels.div_(self._std)


def _crop(images: Tensor, padding: int, top: Tensor, left: Tensor) -> Tensor:
    number, _, height, width = images.shape
    padded = functional.pad(images, (padding, padding, padding, padding))
    # A view of all (2 * padding + 1)**2 crops of every image; indexing copies only one crop of each image.
    crops = padded.unfold(2, height, 1).unfold(3, width, 1)
    return crops[torch.arange(number, device=images.device), :, top, left]
