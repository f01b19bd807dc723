"""Make the three parts of a trial (training, validation, test) from a data set as published."""

from collections.abc import Callable

import numpy as np

from trainables.core.data.cache import Room
from trainables.core.data.parts import PARTS, Dataset, Part, Source, channel_statistics, fingerprint
from trainables.core.data.split import Indices, shuffled_by_class, split, subset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import require

BLOCK = 1024
"""Number of images after which the progress is told."""


def assemble(
    source: Source, config: DatasetConfig, room: Room, progress: Callable[[int, int], None] | None = None
) -> Dataset:
    """Choose the images of each part by their labels, then decode every image once into the array of its part.

    The validation part is the source's own, or else a stratified choice among the training images, by `val_fraction`
    and `split_seed`. Of the remaining training images, `num_train` keeps a stratified subset. room: called once per
    part, returns its array. progress: called with how many of how many images are decoded.

    Raises:
        ConfigError: at the setting that cannot work, with the name of the file that causes it.
    """
    if source.val is None:
        of_val = source.train
        train, val = _hold_out(source, config)
    else:
        of_val = source.val
        train, val = np.arange(len(source.train.labels)), np.arange(len(of_val.labels))
    if config.num_train is not None:
        train = _keep(train, source, config)
    test = np.arange(len(source.test.labels))
    parts, done, total = {}, 0, len(train) + len(val) + len(test)
    for name, images, indices in zip(PARTS, (source.train, of_val, source.test), (train, val, test), strict=True):
        decoded = room(name, (len(indices), *images.shape))
        for start in range(0, len(indices), BLOCK):
            rows = slice(start, start + BLOCK)
            images.read(indices[rows], decoded[rows])
            done += len(indices[rows])
            if progress is not None:
                progress(done, total)
        parts[name] = Part(decoded, images.labels[indices])
    mean, std = channel_statistics(parts["train"].images)
    mark = fingerprint(parts.values(), source.classes)
    return Dataset(**parts, classes=source.classes, mean=mean, std=std, fingerprint=mark)


def _hold_out(source: Source, config: DatasetConfig) -> tuple[Indices, Indices]:
    labels = source.train.labels
    counts = np.bincount(labels, minlength=len(source.classes))
    poorest = int(counts.argmin())
    rule = f"needs 2 or more training images of every class, but class {source.classes[poorest]} has {counts[poorest]}"
    require(counts[poorest] >= 2, "val_fraction", rule, config.held_out)
    by_class = shuffled_by_class(labels, len(source.classes), "validation part", config.split_seed)
    return split(by_class, config.held_out)


def _keep(train: Indices, source: Source, config: DatasetConfig) -> Indices:
    most, num_classes, number = len(train), len(source.classes), config.num_train or 0
    rule = f"must be between {num_classes} (one for every class) and {most} (all but the validation part)"
    require(num_classes <= number <= most, "num_train", rule, number)
    by_class = shuffled_by_class(source.train.labels[train], num_classes, "num_train", config.split_seed)
    return train[subset(by_class, number)]
