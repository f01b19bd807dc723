"""Oxford Flowers 102 (Nilsback & Zisserman 2008), in the folder flowers-102 that torchvision unpacks.

The official parts trnid and valid have 10 images of each class. Together they are the training images here, as is
common for fine-tuning. The validation part is split from them by `val_fraction`; 0.5 makes it as large as the official
one. The official part tstid is the test part. The archive has no names for the classes, so they are called 1 to 102.
"""

import functools
import hashlib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.listing import Labelled, Listing, read_list, whole_numbers
from trainables.core.data.matfile import read_mat
from trainables.core.settings.config import DatasetConfig

FOLDER = "flowers-102"
LABELS, PARTS = "imagelabels.mat", "setid.mat"
MD5: Mapping[str, str] = types.MappingProxyType(
    {LABELS: "e0620be6f572b9609742df49c70aed4d", PARTS: "a5357ecc9cb78c4bef273ce3793fc85c"}
)
"""File -> its published MD5, as in torchvision.datasets.flowers102."""


def listing(config: DatasetConfig) -> Listing:
    """Read the class and the part of every image. Raises: ConfigError."""
    folder = Path(str(config.root), FOLDER)
    classes, labels = read_list(config, folder / LABELS, _labels)
    chosen = read_list(config, folder / PARTS, functools.partial(_parts, number=len(labels)))
    images = [folder / "jpg" / f"image_{number:05d}.jpg" for number in range(1, len(labels) + 1)]
    train, test = (Labelled([images[place] for place in part], labels[part]) for part in chosen)
    result = Listing([folder / LABELS, folder / PARTS], train, test, classes)
    result.check(config)
    return result


def _labels(path: Path) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the classes, and the label (from 0) of every image, sorted by image number."""
    labels = whole_numbers(_published(path), "labels")
    known = np.unique(labels)
    if len(known) < 2 or not np.array_equal(known, np.arange(1, len(known) + 1)):
        raise ValueError("its labels must be 1, 2 and so on to the number of classes, at least 2")
    return tuple(str(name) for name in known), labels - 1


def _parts(path: Path, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices (from 0) of the training and of the test images."""
    values = _published(path)
    train = np.sort(np.concatenate([whole_numbers(values, "trnid"), whole_numbers(values, "valid")]))
    test = np.sort(whole_numbers(values, "tstid"))
    odd = [one for one in (*train[:1], *train[-1:], *test[:1], *test[-1:]) if not 1 <= one <= number]
    if odd:
        raise ValueError(f"image {odd[0]} is not one of the {number} that have a label")
    return train - 1, test - 1


def _published(path: Path) -> dict[str, Any]:
    found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    if found != MD5[path.name]:
        raise ValueError(f"it is another or damaged: its MD5 is {found}")
    return read_mat(path)
