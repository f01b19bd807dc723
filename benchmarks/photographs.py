"""The images for all measurements: a folder of photographs, or random images of the same size, which train as fast."""

from pathlib import Path

import numpy as np

from trainables.core.data import Dataset, Part, load_dataset
from trainables.core.settings.config import DatasetConfig

SIZE, CLASSES = 32, 10


def photographs(folder: str | None, number: int) -> Dataset:
    """Return a data set with `number` training images of 32 x 32 pixels: from folder/train/CLASS/*, or noise."""
    if folder is not None:
        config = DatasetConfig("imagefolder", root=folder, image_size=SIZE, val_fraction=0.1, num_train=number)
        return load_dataset(config)
    return noise(number)


def noise(number: int, rest: int = 1000) -> Dataset:
    """Return random images, always the same: `number` of them for training, `rest` each for validation and test."""
    random = np.random.RandomState(0)
    parts = {name: _noise(random, count) for name, count in (("train", number), ("val", rest), ("test", rest))}
    half = (0.5, 0.5, 0.5)
    return Dataset(**parts, classes=tuple("0123456789"), mean=half, std=half, fingerprint="noise")


def source(folder: str | None) -> str:
    """Return the name of the images in the output: that of the folder, or noise."""
    return "noise" if folder is None else Path(folder).name


def _noise(random: np.random.RandomState, number: int) -> Part:
    images = random.randint(0, 256, (number, 3, SIZE, SIZE)).astype(np.uint8)
    return Part(images, random.randint(0, CLASSES, number))
