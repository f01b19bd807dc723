"""Stanford Dogs (Khosla et al. 2011): 120 breeds, with the lists of training and test images that its authors publish.

The folder must hold what images.tar and lists.tar unpack to: Images/CLASS/*.jpg, train_list.mat and test_list.mat.
A class is called as the folder of its images, such as n02085620-Chihuahua. Bounding boxes are not used.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.listing import Labelled, Listing, plain_name, read_list, whole_numbers
from trainables.core.data.matfile import read_mat
from trainables.core.settings.config import DatasetConfig

IMAGES, TRAIN, TEST = "Images", "train_list.mat", "test_list.mat"

Rows = tuple[list[tuple[str, str]], NDArray[np.int64]]
"""The folder and the file name of each image, and its label from 1 on."""


def listing(config: DatasetConfig) -> Listing:
    """Read the class and the part of every image. Raises: ConfigError."""
    folder = Path(str(config.root))
    rows = {name: read_list(config, folder / name, _rows) for name in (TRAIN, TEST)}
    classes = read_list(config, folder / TRAIN, lambda _: _classes(rows[TRAIN]))
    test = read_list(config, folder / TEST, lambda _: _labelled(folder, rows[TEST], classes))
    result = Listing([folder / TRAIN, folder / TEST], _labelled(folder, rows[TRAIN], classes), test, classes)
    result.check(config)
    return result


def _rows(path: Path) -> Rows:
    values = read_mat(path)
    names, labels = values.get("file_list"), whole_numbers(values, "labels")
    if not isinstance(names, list) or len(names) != len(labels):
        raise ValueError("its file_list must have a text for each of its labels")
    return [_image(name) for name in names], labels


def _image(name: object) -> tuple[str, str]:
    folder, slash, file = name.partition("/") if isinstance(name, str) else ("", "", "")
    if not slash:
        raise ValueError(f"{name!r:.80} is not CLASS/FILE")
    return plain_name(folder), plain_name(file)


def _classes(rows: Rows) -> tuple[str, ...]:
    """The folder of each label, from label 1 on. Raises: ValueError: labels and folders do not agree."""
    images, labels = rows
    pairs = sorted({(int(label), folder) for (folder, _), label in zip(images, labels, strict=True)})
    folders = tuple(folder for _, folder in pairs)
    if len(pairs) < 2 or [label for label, _ in pairs] != list(range(1, len(pairs) + 1)):
        raise ValueError("its labels must be 1, 2 and so on to the number of classes, at least 2, each with one folder")
    if len(set(folders)) < len(folders):
        raise ValueError("one of its folders has two labels")
    return folders


def _labelled(root: Path, rows: Rows, classes: tuple[str, ...]) -> Labelled:
    """The images with labels from 0 on. Raises: ValueError: an image is in another folder than its label says."""
    images, labels = rows
    for (folder, name), label in zip(images, labels, strict=True):
        if not 1 <= label <= len(classes) or classes[label - 1] != folder:
            raise ValueError(f"{folder}/{name} has label {label}, which {TRAIN} gives to another folder or to none")
    return Labelled([root / IMAGES / folder / name for folder, name in images], labels - 1)
