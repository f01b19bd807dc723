"""A random square of each image in its own pixels."""

import torch
from torch import Tensor

from trainables.core.training.augmentations.epoch import EpochImages, Places


class RandomCrop:
    """The squares of all images of an epoch; every place inside the image is equally likely."""

    def __init__(self, side: int, images: EpochImages) -> None:
        """side: of the square in pixels, no more than the height and the width of the images."""
        source = images.source("crop_size")
        lengths = (images.height, images.width)
        self._corner = torch.stack([torch.randint(n - side + 1, (images.number,), generator=source) for n in lengths])
        self._corner, self._side = self._corner.to(images.device), side

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Return the squares (b, channels, side, side)."""
        top, left = self._corner[:, places.there]
        # A view of all squares of every image; indexing copies only one square of each.
        squares = images.unfold(2, self._side, 1).unfold(3, self._side, 1)
        return squares[torch.arange(len(images), device=images.device), :, top, left]


def middle(images: Tensor, side: int | None) -> Tensor:
    """Return the square in the middle of each image, as a view; the whole images without a side.

    images: (b, channels, height, width). With an odd number of pixels too many, one more is left out at the bottom and
    at the right.
    """
    if side is None:
        return images
    top, left = ((length - side) // 2 for length in images.shape[2:])
    return images[:, :, top : top + side, left : left + side]
