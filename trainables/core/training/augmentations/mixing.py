"""mixup and CutMix: each image of a batch is mixed with the one before it, and its label too."""

import numpy as np
import torch
from torch import Tensor

from trainables.core.seeding import derive_seed
from trainables.core.settings.config import AugmentationConfig
from trainables.core.training.augmentations.epoch import EpochImages, within


class Mixing:
    """The shares of mixup and the rectangles of CutMix for all images of an epoch.

    Notation: x is an image and y its label; x' and y' are those of the image before it in the batch, whose order is
    random; the first image's partner is the last. lam is the share of x, drawn for each image from Beta(alpha, alpha).

    - mixup (Zhang et al. 2018): lam * x + (1 - lam) * x'.
    - CutMix (Yun et al. 2019): x, and x' in a rectangle with the sides sqrt(1 - lam) times those of the image. Its
      centre is a random pixel, so that a part may lie outside. lam is then set to the share of pixels that are x's.
    - Both: each batch gets one of the two with probability 1/2. The draw of its first image decides.

    The loss is lam * CE(y) + (1 - lam) * CE(y'), see `mean_loss`.
    """

    def __init__(self, config: AugmentationConfig, images: EpochImages) -> None:
        """Draw for all images. At least one of config.mixup and config.cutmix is given."""
        self._mixup, self._cutmix = config.mixup is not None, config.cutmix is not None
        self._size, device = (images.height, images.width), images.device
        if config.mixup is not None:
            self._share = _beta(config.mixup, images, "mixup").to(device)
        if config.cutmix is not None:
            self._cut(config.cutmix, images)
        if self._mixup and self._cutmix:
            source = images.source("mixup or cutmix")
            self._takes_cutmix = torch.randint(2, (images.number,), generator=source).to(device, torch.bool)

    def _cut(self, alpha: float, images: EpochImages) -> None:
        """Draw the rectangles."""
        lam, source, kept = _beta(alpha, images, "cutmix"), images.source("cutmix rectangle"), torch.tensor(1.0)
        starts, sides = [], []
        for length in self._size:
            half = ((1.0 - lam).sqrt() * length).long() // 2
            centre = torch.randint(length, (images.number,), generator=source)
            start, end = (centre - half).clamp(min=0), (centre + half).clamp(max=length)
            starts.append(start.to(images.device))
            sides.append((end - start).to(images.device))
            kept = kept * (end - start)
        self._starts, self._sides = starts, sides
        self._kept = (1.0 - kept / (images.height * images.width)).to(images.device)

    def __call__(self, images: Tensor, labels: Tensor, at: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Mix a batch of normalised images in place.

        images: float32 (b, channels, height, width). labels: int64 (b,). at: int64 (b,), the places of the images among
        those of the epoch, on the device. Returns the images, the labels, the partners'
        labels and the shares of the images' own labels, float32 (b,).
        """
        partners = torch.arange(len(labels), device=labels.device) - 1
        if self._mixup and self._cutmix:
            takes_cutmix = self._takes_cutmix[at[:1]]
            share = torch.where(takes_cutmix, self._kept[at], self._share[at])
            weight = torch.where(takes_cutmix.view(1, 1, 1, 1), self._rectangle(at), (1.0 - share).view(-1, 1, 1, 1))
        elif self._cutmix:
            share, weight = self._kept[at], self._rectangle(at)
        else:
            share = self._share[at]
            weight = (1.0 - share).view(-1, 1, 1, 1)
        return images.lerp_(images[partners], weight), labels, labels[partners], share

    def _rectangle(self, at: Tensor) -> Tensor:
        """Return 1 inside of each image's rectangle and 0 outside, float32 (b, 1, height, width)."""
        rows, columns = (
            within(length, start[at], side[at])
            for length, start, side in zip(self._size, self._starts, self._sides, strict=True)
        )
        return (rows[:, None, :, None] & columns[:, None, None, :]).to(torch.float32)


def _beta(alpha: float, images: EpochImages, kind: str) -> Tensor:
    """Draw float32 (n,) from Beta(alpha, alpha)."""
    source = np.random.default_rng(derive_seed(images.seed, kind, images.epoch))
    return torch.from_numpy(source.beta(alpha, alpha, images.number)).to(torch.float32)
