"""Send a part's images to the device: all at once when they fit there, else batch by batch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from trainables.core.data import Part

SHARE = 0.5
"""Largest fraction of a GPU's free memory that the images may take; the training needs the rest."""


class Feed:
    """The mini-batches of a part, on a device.

    On a CPU the images stay in the memory-mapped file, which all trials of a node share. On a GPU each trial has its
    own copy of all images; when that would take more than SHARE of the free memory, each batch is copied when needed.
    """

    def __init__(self, part: Part, device: torch.device) -> None:
        """Copy the labels to the device, and the images (uint8, (n, channels, height, width)) if they fit."""
        self._device = device
        self.images = torch.from_numpy(part.images)
        if device.type != "cuda" or self.images.nbytes <= SHARE * torch.cuda.mem_get_info(device)[0]:
            self.images = self.images.to(device)
        self.labels = torch.from_numpy(part.labels).to(device)

    def batches(self, order: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield indices, images and labels of each mini-batch, on the device.

        order: int64 (n,) on the CPU, the images in the order in which they are used. size: images in a mini-batch.
        """
        for here, there in zip(order.split(size), order.to(self._device).split(size), strict=True):
            yield there, self._images_at(here, there), self.labels[there]

    def _images_at(self, here: Tensor, there: Tensor) -> Tensor:
        if self.images.device == there.device:
            return self.images[there]
        return sent(self.images[here], self._device)


def sent(batch: Tensor, device: torch.device) -> Tensor:
    """Copy a batch to the device. For a GPU it goes through pinned memory, so that copy and computation overlap."""
    return batch.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else batch.to(device)
