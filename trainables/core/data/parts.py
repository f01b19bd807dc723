"""The types of a data set, as published and as a trial uses it: parts, classes, pixel statistics and fingerprint."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PARTS = ("train", "val", "test")
STD_FLOOR = 1.0 / 255.0
"""Least standard deviation of a channel, one grey level, so that nothing is divided by zero."""
BLOCK_BYTES = 1 << 24
"""Bytes of images that are processed at a time, so that no step needs memory for a copy of all images."""


class Images(Protocol):
    """Labelled images that can be read in any order. They may be decoded already or not."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The labels, int64 (n,)."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (channels, height, width) of every image."""

    def read(self, indices: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
        """Write the images at the indices, in that order, into the array (len(indices), channels, height, width)."""


@dataclass(frozen=True)
class Part:
    """Decoded images, uint8 (n, channels, height, width), and their labels, int64 (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (channels, height, width) of every image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def take(self, indices: NDArray[np.int64]) -> "Part":
        """Return a copy of the images at the indices, in that order."""
        return Part(self.images[indices], self.labels[indices])

    def read(self, indices: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
        """Write the images at the indices, in that order, into the array (len(indices), channels, height, width)."""
        for rows in blocks(into):
            into[rows] = self.images[indices[rows]]


@dataclass(frozen=True)
class Source:
    """A data set as published: its parts, and the names of the classes (label i means classes[i])."""

    train: Images
    test: Images | None
    """None: the test part is split from the training part."""
    classes: tuple[str, ...]
    val: Images | None = None
    """The validation part, where the data have one of their own; None: it is split from the training part."""


@dataclass(frozen=True)
class Dataset:
    """A data set as a trial uses it, split into three parts."""

    train: Part
    """The images that are trained on."""
    val: Part
    """The images by which trials are compared and chosen."""
    test: Part
    """The images for the final accuracy. Trials never use them."""
    classes: tuple[str, ...]
    """Names of the classes; label i means classes[i]."""
    mean: tuple[float, ...]
    """Mean of every channel of the training part, for pixels scaled to [0, 1]."""
    std: tuple[float, ...]
    """Standard deviation of every channel of the training part, for pixels scaled to [0, 1], at least STD_FLOOR."""
    fingerprint: str
    """SHA-256 of all parts in hexadecimal. Two data sets have the same one only if images, labels, classes and splits
    are the same."""

    @property
    def in_channels(self) -> int:
        """Number of channels of every image."""
        return int(self.train.images.shape[1])

    @property
    def image_size(self) -> int:
        """Height and width of every image in pixels."""
        return int(self.train.images.shape[2])


def blocks(images: NDArray[np.uint8]) -> Iterable[slice]:
    """Yield slices over the images (n, channels, height, width), each of about BLOCK_BYTES and at least one image."""
    rows = max(1, BLOCK_BYTES // max(1, images[:1].size))
    return (slice(start, start + rows) for start in range(0, len(images), rows))


def channel_statistics(images: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of every channel, for pixels scaled to [0, 1].

    They are computed from a histogram with 256 bins, which is exact and needs no float copy of the images.
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
    """Return the SHA-256 of classes, shapes, images and labels of all parts, as 64 hexadecimal digits."""
    digest = hashlib.sha256(repr(classes).encode())
    for part in parts:
        digest.update(repr(part.images.shape).encode())
        for rows in blocks(part.images):
            digest.update(np.ascontiguousarray(part.images[rows], dtype=np.uint8).data)
        digest.update(np.ascontiguousarray(part.labels, dtype="<i8").data)
    return digest.hexdigest()
