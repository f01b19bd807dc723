"""A random part of each image, resized to the size of the whole."""

import torch
from torch import Tensor

from trainables.core.settings.config import RandomResizedCropConfig
from trainables.core.training.augmentations.epoch import EpochImages, Places, Rectangles, rectangles


class RandomResizedCrop:
    """The parts of all images of an epoch, as torchvision's RandomResizedCrop draws them.

    A part that does not lie inside the image after ATTEMPTS draws is replaced by the largest centred one whose ratio is
    allowed.
    """

    def __init__(self, config: RandomResizedCropConfig, images: EpochImages) -> None:
        ratio = (config.ratio_min, config.ratio_max)
        form = min(max(images.width / images.height, ratio[0]), ratio[1])
        width = min(images.width, max(1, round(images.height * form)))
        height = min(images.height, max(1, round(images.width / form)))
        scale, source = (config.scale_min, config.scale_max), images.source("random_resized_crop")
        self._parts = rectangles(images, source, scale, ratio, (height, width))

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Take and return uint8 images."""
        at, parts = places.there, self._parts
        chosen = Rectangles(parts.top[at], parts.left[at], parts.height[at], parts.width[at])
        return resized(images.to(torch.float32), chosen).round_().to(torch.uint8)


def resized(images: Tensor, parts: Rectangles) -> Tensor:
    """Resize a part of each image to the size of the whole, with bilinear interpolation.

    images: float (b, channels, height, width). Pixel i of n pixels lies at i + 1/2. Pixels outside of the part are not
    used. A part is never larger than the image, so that nothing must be smoothed before.
    """
    for dim, start, length in ((2, parts.top, parts.height), (3, parts.left, parts.width)):
        size = images.shape[dim]
        place = (torch.arange(size, device=images.device) + 0.5) * (length.unsqueeze(1) / size) - 0.5
        place = place.clamp(min=0.0)
        before = place.long()
        after = torch.minimum(before + 1, length.unsqueeze(1) - 1)
        share = (place - before).to(images.dtype)
        one, two = (_taken(images, dim, start.unsqueeze(1) + index) for index in (before, after))
        images = one.lerp_(two, share.view(-1, 1, size, 1) if dim == 2 else share.view(-1, 1, 1, size))
    return images


def _taken(images: Tensor, dim: int, index: Tensor) -> Tensor:
    """Take rows (dim 2) or columns (dim 3) of each image. index: int64 (b, height or width)."""
    index = index[:, None, :, None] if dim == 2 else index[:, None, None, :]
    return images.gather(dim, index.expand(images.shape))
