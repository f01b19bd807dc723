"""Decode image files to RGB images of one size; used by all data sets that are image files."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from trainables.core.file_kinds import require_file
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.dataset_config import SHORT_SIDE
from trainables.core.settings.section import ConfigError, first_line, require

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
CHUNK = 256
"""Number of images that a thread decodes at a time, so that the overhead per image is small."""
THREADED_SIZE = 128
"""Height or width in pixels from which several threads are faster. For smaller images, Pillow spends most of its time
while it holds Python's interpreter lock.

Measured on 2 cores with Pillow 13, JPEG, median of 9, microseconds per image with one thread and with two: 32 pixels
220 and 276, 64 pixels 275 and 300, 128 pixels 376 and 315, 224 pixels 611 and 469.
"""


@dataclass(frozen=True)
class ImageFiles:
    """Labelled image files. `read` decodes them to RGB images of size x size pixels."""

    config: DatasetConfig
    paths: Sequence[Path]
    labels: NDArray[np.int64]
    size: int
    threads: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (channels, height, width) of every image."""
        return 3, self.size, self.size

    def like(self, paths: Sequence[Path], labels: NDArray[np.int64]) -> Self:
        """Return an `ImageFiles` of other files of the same data set, with the same size and number of threads."""
        return type(self)(self.config, paths, labels, self.size, self.threads)

    def read(self, indices: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
        """Decode the files at the indices into the array (len(indices), 3, size, size).

        Raises:
            ConfigError: an image cannot be decoded or has the wrong size; the message names the file.
        """

        def fill(start: int) -> None:
            for row in range(start, min(start + CHUNK, len(indices))):
                into[row] = _pixels(self.config, self.paths[indices[row]], self.size).transpose(2, 0, 1)

        with ThreadPoolExecutor(self.threads) as pool:
            for _ in pool.map(fill, range(0, len(indices), CHUNK)):
                pass


def image_files(config: DatasetConfig, paths: Sequence[Path], labels: NDArray[np.int64]) -> ImageFiles:
    """Make an `ImageFiles`; its size is `image_size` if set, else that of the first image. Raises: ConfigError."""
    image = _open(config, paths[0])
    threads = len(os.sched_getaffinity(0)) if min(image.size) >= THREADED_SIZE else 1
    size = config.image_size or _common_size(image, paths[0])
    return ImageFiles(config, paths, labels, size, threads)


def is_image_name(name: str) -> bool:
    """Whether a file of this name counts as an image: it is not hidden and ends in one of SUFFIXES."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 -- 5 times faster


def _pixels(config: DatasetConfig, path: Path, size: int) -> NDArray[np.uint8]:
    """Decode one image to uint8 (size, size, 3)."""
    image = _open(config, path)
    if config.image_size is not None and config.resize == SHORT_SIDE:
        image = _centre_square(image, size)
    elif config.image_size is not None:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    rule = f"must be set, because not all images have the same size: {path} is {image.width} x {image.height} pixels"
    require(image.size == (size, size), "image_size", f"{rule} and others {size} x {size}", None)
    return np.asarray(image)


def _centre_square(image: Image.Image, size: int) -> Image.Image:
    """Resize the shorter side to size and cut out the square in the middle, as torchvision's Resize and CenterCrop."""
    short = min(image.size)
    width, height = (size * side // short for side in image.size)
    left, top = round((width - size) / 2), round((height - size) / 2)
    return image.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + size, top + size))


def _common_size(first: Image.Image, path: Path) -> int:
    """Return the size of the first image, which all images must have when `image_size` is not set."""
    rule = f"must be set, because images are not square: {path} is {first.width} x {first.height} pixels"
    require(first.width == first.height, "image_size", rule, None)
    return first.width


def _open(config: DatasetConfig, path: Path) -> Image.Image:
    try:
        require_file(path)
        with Image.open(path) as image:
            _require_bytes(image, path)
            image.load()
            if config.upright:
                ImageOps.exif_transpose(image, in_place=True)
            return image if image.mode == "RGB" else image.convert("RGB")
    except ConfigError:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds of errors, from OSError to struct.error
        rule = f"must hold images that can be read, but {path} cannot ({first_line(error)}): replace it or remove it"
        raise ConfigError("root", rule, None) from error


def _require_bytes(image: Image.Image, path: Path) -> None:
    """Refuse grey images with 16-bit, 32-bit or floating-point pixels (Pillow's modes I, I;16 and F).

    `convert("RGB")` would clip the pixels to 0..255: everything above 255 in a 16-bit image becomes white, a
    floating-point image from 0 to 1 becomes black. The file seldom says which value is white, so the user must convert
    it. Colour images with 16 bits are no problem: Pillow keeps the high byte, so that 65535 becomes 255.
    """
    pixels = "floating-point pixels" if image.mode == "F" else "pixels of more than 8 bits"
    rule = f"must hold images of 8 bits per channel, but {path} has {pixels} (mode {image.mode})"
    require(not image.mode.startswith(("F", "I")), "root", f"{rule}: convert it or remove it", None)
