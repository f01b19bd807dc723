"""A random part of each image, resized to one size."""

import torch
from torch import Tensor

from trainables.core.settings.config import RandomResizedCropConfig
from trainables.core.training.augmentations.epoch import EpochImages, Places, Rectangles, rectangles


class RandomResizedCrop:
    """The parts of all images of an epoch, as torchvision's RandomResizedCrop draws them.

    A part that does not lie inside the image after ATTEMPTS draws is replaced by the largest centred one whose ratio is
    allowed.
    """

    def __init__(self, config: RandomResizedCropConfig, images: EpochImages, size: tuple[int, int]) -> None:
        """size: height and width of the resized parts."""
        ratio = (config.ratio_min, config.ratio_max)
        form = min(max(images.width / images.height, ratio[0]), ratio[1])
        width = min(images.width, max(1, round(images.height * form)))
        height = min(images.height, max(1, round(images.width / form)))
        scale, source = (config.scale_min, config.scale_max), images.source("random_resized_crop")
        self._size, self._parts = size, rectangles(images, source, scale, ratio, (height, width))

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Take and return uint8 images."""
        at, parts = places.there, self._parts
        chosen = Rectangles(parts.top[at], parts.left[at], parts.height[at], parts.width[at])
        return resized(images.to(torch.float32), chosen, self._size).round_().to(torch.uint8)


def resized(images: Tensor, parts: Rectangles, size: tuple[int, int]) -> Tensor:
    """Resize a part of each image to this height and width, with bilinear interpolation.

    images: float (b, channels, height, width). Pixel i of n pixels lies at i + 1/2. Pixels outside of the part are not
    used. A part that is larger than its new size is smoothed, as by torchvision with antialias.
    """
    if size != tuple(images.shape[2:]):
        rows = _weights(parts.top, parts.height, images.shape[2], size[0], images.dtype)
        columns = _weights(parts.left, parts.width, images.shape[3], size[1], images.dtype)
        return rows @ images @ columns.transpose(2, 3)
    # No part is larger than the image, so that nothing is smoothed: each pixel comes from two rows and two columns.
    for dim, start, length in ((2, parts.top, parts.height), (3, parts.left, parts.width)):
        pixels = images.shape[dim]
        place = (torch.arange(pixels, device=images.device) + 0.5) * (length.unsqueeze(1) / pixels) - 0.5
        place = place.clamp(min=0.0)
        before = place.long()
        after = torch.minimum(before + 1, length.unsqueeze(1) - 1)
        share = (place - before).to(images.dtype)
        one, two = (_taken(images, dim, start.unsqueeze(1) + index) for index in (before, after))
        images = one.lerp_(two, share.view(-1, 1, pixels, 1) if dim == 2 else share.view(-1, 1, 1, pixels))
    return images


def _weights(start: Tensor, length: Tensor, pixels: int, size: int, dtype: torch.dtype) -> Tensor:
    """Weight of each of an image's rows or columns in each new one, (b, 1, size, pixels); each new one's sum is 1.

    The weights around the place of a new pixel are a triangle, whose half width is one pixel, or one new pixel where
    that is larger. start, length: int64 (b,), of the part.
    """
    ratio = (length / size).view(-1, 1, 1)
    new = (torch.arange(size, device=start.device) + 0.5).view(1, -1, 1) * ratio
    old = torch.arange(pixels, device=start.device).view(1, 1, -1) - start.view(-1, 1, 1)
    weights = (1.0 - (old + 0.5 - new).abs() / ratio.clamp(min=1.0)).clamp(min=0.0)
    weights = weights * ((old >= 0) & (old < length.view(-1, 1, 1)))
    return (weights / weights.sum(2, keepdim=True)).unsqueeze(1).to(dtype)


def _taken(images: Tensor, dim: int, index: Tensor) -> Tensor:
    """Take rows (dim 2) or columns (dim 3) of each image. index: int64 (b, height or width)."""
    index = index[:, None, :, None] if dim == 2 else index[:, None, None, :]
    return images.gather(dim, index.expand(images.shape))
