"""A part's images on their way to the device, where they stay if they fit."""

from collections.abc import Iterator

import torch
from torch import Tensor

from trainables.core.data import Part

SHARE = 0.5
"""Of a GPU's free memory, the most that images may take for good; the rest is for the training."""


class Feed:
    """Batches of a part on a device.

    On a CPU the images stay in their file's mapping, of which a node holds one copy for all trials. A GPU holds a copy
    for each trial, or, where that would take more than SHARE of what is free, is sent batch by batch.
    """

    def __init__(self, part: Part, device: torch.device) -> None:
        """Send labels and, where they fit, images uint8 (n, channels, height, width)."""
        self._device = device
        self.images = torch.from_numpy(part.images)
        if device.type != "cuda" or self.images.nbytes <= SHARE * torch.cuda.mem_get_info(device)[0]:
            self.images = self.images.to(device)
        self.labels = torch.from_numpy(part.labels).to(device)

    def batches(self, order: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Indices, images and labels of each mini-batch, on the device; the order int64 (n,) lies on the CPU."""
        for here, there in zip(order.split(size), order.to(self._device).split(size), strict=True):
            yield there, self._images_at(here, there), self.labels[there]

    def _images_at(self, here: Tensor, there: Tensor) -> Tensor:
        if self.images.device == there.device:
            return self.images[there]
        return sent(self.images[here], self._device)


def sent(batch: Tensor, device: torch.device) -> Tensor:
    """A batch on the device; to a GPU from pinned memory: the copy runs while the GPU works at what was before."""
    return batch.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else batch.to(device)
