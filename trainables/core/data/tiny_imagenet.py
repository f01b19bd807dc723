"""Tiny ImageNet (Stanford CS231n 2015): 200 classes of 64 x 64 pixels, in the published folder tiny-imagenet-200.

The published test part has no labels. So the published val part, with 50 images of each class, is the test part here.
Classes are named and sorted by their WordNet numbers, as an image folder of the same classes would be.
"""

import functools
import re
from pathlib import Path

import numpy as np

from trainables.core.data.listing import Labelled, Listing, plain_name, read_columns, read_list
from trainables.core.settings.config import DatasetConfig

FOLDER = "tiny-imagenet-200"
WORDNET_NUMBER = re.compile(r"n\d{8}", flags=re.ASCII)
BOX = 4
"""Number of columns of the bounding box at the end of every line."""


def listing(config: DatasetConfig) -> Listing:
    """Read wnids.txt, val_annotations.txt and the list of every class. Raises: ConfigError."""
    folder = Path(str(config.root), FOLDER)
    wnids, val = folder / "wnids.txt", folder / "val" / "val_annotations.txt"
    classes = tuple(read_list(config, wnids, _classes))
    boxes = [folder / "train" / name / f"{name}_boxes.txt" for name in classes]
    of_class = [read_list(config, path, _boxed) for path in boxes]
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(paths) for paths in of_class])
    train = Labelled([path for paths in of_class for path in paths], labels)
    test = read_list(config, val, functools.partial(_annotated, classes=classes))
    result = Listing([wnids, val, *boxes], train, test, classes)
    result.check(config)
    return result


def _classes(path: Path) -> list[str]:
    names = sorted(name for (name,) in read_columns(path, 1))
    odd = next((name for name in names if not WORDNET_NUMBER.fullmatch(name)), None)
    if odd is not None:
        raise ValueError(f"{odd!r:.80} is not a WordNet number")
    if len(set(names)) < max(len(names), 2):
        raise ValueError("it must list 2 or more classes, each once")
    return names


def _boxed(path: Path) -> list[Path]:
    images = path.parent / "images"
    return [images / plain_name(name) for name, *_ in read_columns(path, 1 + BOX)]


def _annotated(path: Path, classes: tuple[str, ...]) -> Labelled:
    rows, places = read_columns(path, 2 + BOX), {name: place for place, name in enumerate(classes)}
    odd = next((wnid for _, wnid, *_ in rows if wnid not in places), None)
    if odd is not None:
        raise ValueError(f"{odd!r:.80} is not in wnids.txt")
    images = path.parent / "images"
    paths = [images / plain_name(name) for name, *_ in rows]
    return Labelled(paths, np.array([places[wnid] for _, wnid, *_ in rows], np.int64))
