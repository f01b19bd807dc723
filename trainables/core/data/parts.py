"""What a data set is, as published and as a trial sees it: parts, classes, statistics and a fingerprint of it all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PARTS = ("train", "val", "test")
STD_FLOOR = 1.0 / 255.0
"""One grey level: a channel that never changes must not be divided by zero."""
BLOCK_BYTES = 1 << 24
"""Images that are looked at or copied at a time, so that neither takes the memory of all."""


class Images(Protocol):
    """Labelled images that can be read in any order, decoded or not."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels (n,)."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (channels, height, width) of every image."""

    def read(self, indices: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
        """Write the images at the indices, in their order, into (len(indices), channels, height, width)."""


@dataclass(frozen=True)
class Part:
    """Images uint8 (n, channels, height, width) and their labels int64 (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (channels, height, width) of every image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def take(self, indices: NDArray[np.int64]) -> "Part":
        """A copy of the images at the indices, in their order."""
        return Part(self.images[indices], self.labels[indices])

    def read(self, indices: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
        """Write the images at the indices, in their order, into (len(indices), channels, height, width)."""
        for rows in blocks(into):
            into[rows] = self.images[indices[rows]]


@dataclass(frozen=True)
class Source:
    """A data set as published: training and test part and the names of the classes, in the order of the labels."""

    train: Images
    test: Images
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


def blocks(images: NDArray[np.uint8]) -> Iterable[slice]:
    """The rows of (n, channels, height, width) in slices of about BLOCK_BYTES, at least one row each."""
    rows = max(1, BLOCK_BYTES // max(1, images[:1].size))
    return (slice(start, start + rows) for start in range(0, len(images), rows))


def channel_statistics(images: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel, pixels scaled to [0, 1].

    Taken from the 256-bin histogram: exact, and no float copy of the images is made.
    """
    levels = np.arange(256) / 255.0
    histograms = np.zeros((images.shape[1], 256), dtype=np.int64)
    for rows in blocks(images):
        for channel, counts in enumerate(histograms):
            counts += np.bincount(images[rows, channel].ravel(), minlength=256)
    means, stds = [], []
    for counts in histograms:
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
        for rows in blocks(part.images):
            digest.update(np.ascontiguousarray(part.images[rows], dtype=np.uint8).data)
        digest.update(np.ascontiguousarray(part.labels, dtype="<i8").data)
    return digest.hexdigest()
