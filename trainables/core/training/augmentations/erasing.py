"""Random erasing (Zhong et al. 2020, arXiv 1708.04896): a rectangle of an image is set to the mean colour."""

import torch
from torch import Tensor

from trainables.core.settings.config import RandomErasingConfig
from trainables.core.training.augmentations.epoch import EpochImages, Places, rectangles, within


class RandomErasing:
    """The rectangles for all images of an epoch, as torchvision's RandomErasing draws them.

    A rectangle that does not lie inside the image after ATTEMPTS draws is left out.
    """

    def __init__(self, config: RandomErasingConfig, images: EpochImages) -> None:
        scale = (config.scale_min, config.scale_max)
        # `rectangles` has width / height, this setting height / width.
        ratio = (1.0 / config.ratio_max, 1.0 / config.ratio_min)
        self._rectangles = rectangles(images, images.source("random_erasing"), scale, ratio, (0, 0))
        chosen = torch.rand(images.number, generator=images.source("random_erasing choice")) < config.probability
        self._chosen = chosen.to(images.device)

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Take normalised images; the mean colour is 0."""
        at, found = places.there, self._rectangles
        rows = within(images.shape[2], found.top[at], found.height[at]) & self._chosen[at].unsqueeze(1)
        columns = within(images.shape[3], found.left[at], found.width[at])
        return images.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0.0)
