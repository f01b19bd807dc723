"""What every random change to the images has in common: for which images it is drawn, and how it is called."""

from dataclasses import dataclass
from math import log
from typing import Protocol

import torch
from torch import Tensor

from trainables.core.seeding import generator

ATTEMPTS = 10
"""How often a rectangle is drawn until one lies inside the image, as in torchvision."""


@dataclass(frozen=True)
class EpochImages:
    """The images of one epoch, for which the changes are drawn."""

    number: int
    channels: int
    height: int
    width: int
    device: torch.device
    """Where batches are changed. The changes are drawn on the CPU."""
    seed: int
    epoch: int

    def source(self, kind: str) -> torch.Generator:
        """A generator for one kind of change. Each kind has its own, so that no kind shifts the numbers of another."""
        return generator(self.seed, kind, self.epoch)


@dataclass(frozen=True)
class Places:
    """The places of a batch's images among those of the epoch, int64 (b,)."""

    there: Tensor
    """On the device."""
    here: Tensor
    """The same on the CPU, where they can be read without waiting for the device."""


class Change(Protocol):
    """One kind of change, drawn for all images of an epoch."""

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Return the changed batch (b, channels, height, width). The given one is not written to."""


def uniform(number: int, low: float, high: float, source: torch.Generator) -> Tensor:
    """Draw float32 (number,), uniform in [low, high]."""
    return torch.rand(number, generator=source) * (high - low) + low


@dataclass(frozen=True)
class Rectangles:
    """A rectangle inside each image, int64 (n,) each."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor


def rectangles(
    images: EpochImages,
    source: torch.Generator,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    otherwise: tuple[int, int],
) -> Rectangles:
    """Draw a rectangle for each image, on the CPU.

    Its area, as a share of the image, is uniform in `scale`; its ratio width / height is log-uniform in `ratio`; its
    place is uniform. When it is larger than the image, it is drawn again, ATTEMPTS times in all; then it has the height
    and width `otherwise` and is centred.
    """
    number = images.number
    height, width = (torch.full((number,), length) for length in otherwise)
    found = torch.zeros(number, dtype=torch.bool)
    for _ in range(ATTEMPTS):
        area = uniform(number, *scale, source) * (images.height * images.width)
        form = uniform(number, log(ratio[0]), log(ratio[1]), source).exp()
        wide, high = ((area * form).sqrt().round().long(), (area / form).sqrt().round().long())
        fits = (wide > 0) & (wide <= images.width) & (high > 0) & (high <= images.height) & ~found
        height, width, found = torch.where(fits, high, height), torch.where(fits, wide, width), found | fits
    spare_rows, spare_columns = images.height - height, images.width - width
    rows, columns = torch.rand((2, number), generator=source)
    top = torch.where(found, (rows * (spare_rows + 1)).long(), spare_rows // 2)
    left = torch.where(found, (columns * (spare_columns + 1)).long(), spare_columns // 2)
    return Rectangles(*(values.to(images.device) for values in (top, left, height, width)))


def within(length: int, start: Tensor, side: int | Tensor) -> Tensor:
    """Return bool (b, length): which of the numbers 0 to length - 1 lie in [start, start + side).

    start, side: int64 (b,); side may also be one number for all.
    """
    places, begin = torch.arange(length, device=start.device), start.unsqueeze(1)
    return (places >= begin) & (places < (begin + side if isinstance(side, int) else begin + side.unsqueeze(1)))
