"""Small trees of images, and the settings that load them."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from trainables.core.data import Dataset, load_dataset
from trainables.core.settings.config import DatasetConfig


def save(path: Path, size: tuple[int, int] = (9, 9), colour: int = 0, mode: str = "RGB") -> None:
    pixels = np.full((size[1], size[0], 3), colour, dtype=np.uint8)
    pixels[0, 0] = (255, 0, 0)
    Image.fromarray(pixels).convert(mode).save(path)


def two_classes(root: Path) -> Path:
    """Two classes, four training images and one test image each; every image has a grey of its own."""
    for label, name in enumerate(("ant", "bee")):
        for part, number in (("train", 4), ("test", 1)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for index in range(number):
                save(folder / f"{index}.png", colour=100 * label + 10 * index + (part == "test"))
    return root


def config(root: Path, **settings: Any) -> DatasetConfig:
    return DatasetConfig("imagefolder", root=str(root), **settings)


def load(root: Path, **settings: Any) -> Dataset:
    return load_dataset(config(root, **settings))
