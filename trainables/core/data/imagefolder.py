"""Images in folders: root/train/CLASS/* and root/test/CLASS/*, read as RGB."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trainables.core.config import DatasetConfig
from trainables.core.data.parts import Part, Source
from trainables.core.section import ConfigError, require

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
CHUNK = 256
"""Images that a thread decodes at a time, so that handing out work costs nothing beside the work."""
THREADED_SIZE = 128
"""Pixels from which threads help: below, Pillow spends its time inside the interpreter lock.

Measured on 2 cores with Pillow 13, JPEG, median of 9, microseconds per image with one thread and with two: 32 pixels
220 and 276, 64 pixels 275 and 300, 128 pixels 376 and 315, 224 pixels 611 and 469.
"""

Tree = Mapping[str, list[Path]]


def check(config: DatasetConfig) -> None:
    """List the folders and refuse what cannot be a labelled training and test part."""
    _trees(config)


def load(config: DatasetConfig) -> Source:
    """Decode all images, classes and files in the order of their names."""
    train, test = _trees(config)
    first = next(iter(train.values()))[0]
    image = _open(config, first)
    threads = (os.cpu_count() or 1) if min(image.size) >= THREADED_SIZE else 1
    size = config.image_size or _common_size(image, first)
    return Source(_decode(config, train, size, threads), _decode(config, test, size, threads), tuple(train))


def _trees(config: DatasetConfig) -> tuple[Tree, Tree]:
    root = Path(str(config.root))
    require(root.is_dir(), "root", "must be an existing folder with train/CLASS/* and test/CLASS/*", config.root)
    train, test = _list(config, root / "train"), _list(config, root / "test")
    odd = sorted(train.keys() ^ test.keys())
    if odd:
        has, lacks = ("train", "test") if odd[0] in train else ("test", "train")
        rule = f"must hold the same class folders in train and test: {has} has {odd[0]}, {lacks} has not"
        raise ConfigError("root", rule, config.root)
    return train, test


def _list(config: DatasetConfig, folder: Path) -> Tree:
    require(folder.is_dir(), "root", f"must hold a folder {folder.name} with a folder for each class", config.root)
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith("."))
    rule = f"must hold 2 or more class folders in {folder.name}, not {len(names)}"
    require(len(names) >= 2, "root", rule, config.root)
    tree = {name: [folder / name / file for file in sorted(_image_names(folder / name))] for name in names}
    for name, paths in tree.items():
        rule = (
            f"must hold images in every class folder, but {folder.name}/{name} has none ({', '.join(sorted(SUFFIXES))})"
        )
        require(bool(paths), "root", rule, config.root)
    return tree


def _image_names(folder: Path) -> Iterator[str]:
    for entry in os.scandir(folder):
        if not entry.name.startswith(".") and Path(entry.name).suffix.lower() in SUFFIXES:
            yield entry.name


def _decode(config: DatasetConfig, tree: Tree, size: int, threads: int) -> Part:
    paths = [path for files in tree.values() for path in files]
    images = np.empty((len(paths), 3, size, size), dtype=np.uint8)

    def fill(start: int) -> None:
        for index in range(start, min(start + CHUNK, len(paths))):
            images[index] = _read(config, paths[index], size).transpose(2, 0, 1)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(fill, range(0, len(paths), CHUNK)):
            pass
    labels = np.repeat(np.arange(len(tree), dtype=np.int64), [len(files) for files in tree.values()])
    return Part(images, labels)


def _read(config: DatasetConfig, path: Path, size: int) -> NDArray[np.uint8]:
    """One image as uint8 (size, size, 3)."""
    image = _open(config, path)
    if config.image_size is not None:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    rule = f"must be set, because not all images have the same size: {path} is {image.width} x {image.height} pixels"
    require(image.size == (size, size), "image_size", f"{rule} and others {size} x {size}", None)
    return np.asarray(image)


def _common_size(first: Image.Image, path: Path) -> int:
    """The size that all images must have when none is set: that of the first."""
    rule = f"must be set, because images are not square: {path} is {first.width} x {first.height} pixels"
    require(first.width == first.height, "image_size", rule, None)
    return first.width


def _open(config: DatasetConfig, path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            image.load()
            return image if image.mode == "RGB" else image.convert("RGB")
    except Exception as error:  # Pillow's decoders fail in ways of their own, from OSError to struct.error
        rule = f"must hold images that can be read, but {path} cannot ({error}): replace it or remove it"
        raise ConfigError("root", rule, config.root) from error
