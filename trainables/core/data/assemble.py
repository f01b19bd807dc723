"""From a published data set to the three parts of a trial, decoded straight into the place where they stay."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from trainables.core.config import DatasetConfig
from trainables.core.data.parts import Dataset, Images, Part, Source, channel_statistics, fingerprint
from trainables.core.data.split import Indices, shuffled_by_class, split, subset
from trainables.core.section import require

Place = Callable[[str, tuple[int, ...]], NDArray[np.uint8]]
"""Makes the array for the images of a part, given the part's name and the shape (n, channels, height, width)."""


def in_memory(part: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:  # noqa: ARG001
    """The place of images that nobody else needs."""
    return np.empty(shape, dtype=np.uint8)


def assemble(source: Source, config: DatasetConfig, place: Place) -> Dataset:
    """Choose the parts by the labels alone, then decode every image once, to where `place` says.

    The validation part is a stratified choice among the training images by `val_fraction` and `split_seed`; num_train
    then keeps a stratified subset of the rest.

    Raises:
        ConfigError: at the setting that cannot work, with the file at fault.
    """
    train, val = _hold_out(source, config)
    if config.num_train is not None:
        train = _keep(train, source, config)
    test = np.arange(len(source.test.labels))
    chosen = {"train": (source.train, train), "val": (source.train, val), "test": (source.test, test)}
    parts = {name: _decoded(images, indices, name, place) for name, (images, indices) in chosen.items()}
    mean, std = channel_statistics(parts["train"].images)
    return Dataset(**parts, classes=source.classes, mean=mean, std=std, fingerprint=_mark(parts, source.classes))


def _decoded(images: Images, indices: Indices, name: str, place: Place) -> Part:
    decoded = place(name, (len(indices), *images.shape))
    images.read(indices, decoded)
    return Part(decoded, images.labels[indices])


def _mark(parts: dict[str, Part], classes: tuple[str, ...]) -> str:
    return fingerprint((parts["train"], parts["val"], parts["test"]), classes)


def _hold_out(source: Source, config: DatasetConfig) -> tuple[Indices, Indices]:
    labels = source.train.labels
    counts = np.bincount(labels, minlength=len(source.classes))
    poorest = int(counts.argmin())
    rule = f"needs 2 or more training images of every class, but class {source.classes[poorest]} has {counts[poorest]}"
    require(counts[poorest] >= 2, "val_fraction", rule, config.val_fraction)
    by_class = shuffled_by_class(labels, len(source.classes), "validation part", config.split_seed)
    return split(by_class, config.val_fraction)


def _keep(train: Indices, source: Source, config: DatasetConfig) -> Indices:
    most, num_classes, number = len(train), len(source.classes), config.num_train or 0
    rule = f"must be between {num_classes} (one for every class) and {most} (what the validation part leaves)"
    require(num_classes <= number <= most, "num_train", rule, number)
    by_class = shuffled_by_class(source.train.labels[train], num_classes, "num_train", config.split_seed)
    return train[subset(by_class, number)]
