"""RandAugment (Cubuk et al. 2020, arXiv 1909.13719): some operations of 14 on each image, all of one magnitude."""

import torch
from torch import Tensor

from trainables.core.settings.config import RandAugmentConfig
from trainables.core.training.augmentations.epoch import EpochImages, Places
from trainables.core.training.augmentations.operations import LARGEST, MAGNITUDES, OPERATIONS, SIGNED
from trainables.core.training.feed import sent


class RandAugment:
    """The operations and signs for all images of an epoch; every operation is equally likely.

    Images with the same operation are changed together.
    """

    def __init__(self, config: RandAugmentConfig, images: EpochImages) -> None:
        size, source = (config.num_ops, images.number), images.source("rand_augment")
        self._operations = torch.randint(len(OPERATIONS), size, generator=source)
        self._signs = (1 - 2 * torch.randint(2, size, generator=source)).to(images.device)
        self._share, self._device = config.magnitude / MAGNITUDES, images.device

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Take and return uint8 images."""
        for operations, signs in zip(self._operations, self._signs, strict=True):
            images = self._changed(images, operations[places.here], signs[places.there])
        return images

    def _changed(self, images: Tensor, operations: Tensor, signs: Tensor) -> Tensor:
        """Do one operation on each image. operations: int64 (b,) on the CPU. signs: 1 or -1, (b,) on the device."""
        by_operation = operations.argsort(stable=True)
        there, back = sent(torch.stack((by_operation, by_operation.argsort())), self._device)
        counts = operations.bincount(minlength=len(OPERATIONS)).tolist()
        groups = zip(OPERATIONS.items(), images[there].split(counts), signs[there].split(counts), strict=True)
        changed = [
            operation(some, self._strength(name, sign)) for (name, operation), some, sign in groups if len(some) > 0
        ]
        return torch.cat(changed)[back]

    def _strength(self, name: str, sign: Tensor) -> Tensor:
        strength = self._share * LARGEST.get(name, 0.0)
        return sign * strength if name in SIGNED else torch.full_like(sign, strength, dtype=torch.float32)
