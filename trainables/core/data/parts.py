"""What a data set is once it is in memory: parts, classes, statistics and a fingerprint of all of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STD_FLOOR = 1.0 / 255.0
"""One grey level: a channel that never changes must not be divided by zero."""


@dataclass(frozen=True)
class Part:
    """Images uint8 (n, channels, height, width) and their labels int64 (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def take(self, indices: NDArray[np.int64]) -> "Part":
        """A copy of the images at the indices, in their order."""
        return Part(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Source:
    """A data set as published: training and test part and the names of the classes, in the order of the labels."""

    train: Part
    test: Part
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A data set as a trial sees it; trials choose by `val` and never look at `test`."""

    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    """Mean of every channel of the train part, pixels scaled to [0, 1]."""
    std: tuple[float, ...]
    """Standard deviation of every channel of the train part, pixels scaled to [0, 1], at least STD_FLOOR."""
    fingerprint: str
    """SHA-256 of all parts, in hexadecimal: equal for equal images, labels, classes and splits, and only for them."""

    @property
    def in_channels(self) -> int:
        """Channels of every image."""
        return int(self.train.images.shape[1])

    @property
    def image_size(self) -> int:
        """Height and width of every image in pixels."""
        return int(self.train.images.shape[2])


def channel_statistics(images: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel, pixels scaled to [0, 1].

    Taken from the 256-bin histogram: exact, and no float copy of the images is made.
    """
    levels = np.arange(256) / 255.0
    means, stds = [], []
    for channel in range(images.shape[1]):
        counts = np.bincount(images[:, channel].ravel(), minlength=256)
        shares = counts / counts.sum()
        mean = float(shares @ levels)
        means.append(mean)
        stds.append(max(float(np.sqrt(shares @ (levels - mean) ** 2)), STD_FLOOR))
    return tuple(means), tuple(stds)


def fingerprint(parts: Iterable[Part], classes: tuple[str, ...]) -> str:
    """Hash classes, shapes, images and labels, part by part, to 64 hexadecimal digits."""
    digest = hashlib.sha256(repr(classes).encode())
    for part in parts:
        digest.update(repr(part.images.shape).encode())
        digest.update(np.ascontiguousarray(part.images, dtype=np.uint8).data)
        digest.update(np.ascontiguousarray(part.labels, dtype="<i8").data)
    return digest.hexdigest()
