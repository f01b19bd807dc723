"""Make the three parts of a trial (training, validation, test) from a data set as published."""

from collections.abc import Callable, Sequence

import numpy as np

from trainables.core.data.cache import Room
from trainables.core.data.parts import PARTS, Dataset, Images, Part, Source, channel_statistics, fingerprint
from trainables.core.data.split import Indices, shuffled_by_class, split, subset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import require

BLOCK = 1024
"""Number of images after which the progress is told."""


def assemble(
    source: Source, config: DatasetConfig, room: Room, progress: Callable[[int, int], None] | None = None
) -> Dataset:
    """Choose the images of each part by their labels, then decode every image once into the array of its part.

    Where the source has no test part, it is a stratified choice among the training images, by `test_fraction` and
    `split_seed`. The validation part is the source's own, or else such a choice among the others, by `val_fraction`. Of
    the remaining training images, `num_train` keeps a stratified subset.

    Args:
        source: the data set as published.
        config: its settings.
        room: called once per part, returns its array.
        progress: called with how many of how many images are decoded.

    Raises:
        ConfigError: at the setting that cannot work, with the name of the file that causes it.
    """
    train, test = np.arange(len(source.train.labels)), np.arange(0)
    if source.test is None:
        train, test = _chosen(train, source, "test part", "test_fraction", float(config.test_fraction or 0.0), config)
    else:
        test = np.arange(len(source.test.labels))
    of_test, of_val = source.test or source.train, source.val or source.train
    if source.val is None:
        train, val = _chosen(train, source, "validation part", "val_fraction", config.held_out, config)
    else:
        val = np.arange(len(of_val.labels))
    if config.num_train is not None:
        before = len(train)
        train = _keep(train, source.train, source.classes, config)
        if source.test is None:
            share = len(train) / before
            val, test = (_shrunk(*part, share, source.classes, config) for part in ((val, of_val), (test, of_test)))
    parts, done, total = {}, 0, len(train) + len(val) + len(test)
    for name, images, indices in zip(PARTS, (source.train, of_val, of_test), (train, val, test), strict=True):
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


def _chosen(
    pool: Indices, source: Source, part: str, setting: str, fraction: float, config: DatasetConfig
) -> tuple[Indices, Indices]:
    """Choose a part among these training images: (rest, chosen). Raises: ConfigError: a class has too few images."""
    labels = source.train.labels[pool]
    counts = np.bincount(labels, minlength=len(source.classes))
    poorest = int(counts.argmin())
    rule = f"needs 2 or more training images of every class, but class {source.classes[poorest]} has {counts[poorest]}"
    require(counts[poorest] >= 2, setting, rule, fraction)
    rest, chosen = split(shuffled_by_class(labels, len(source.classes), part, config.split_seed), fraction)
    return pool[rest], pool[chosen]


def _keep(train: Indices, images: Images, classes: Sequence[str], config: DatasetConfig) -> Indices:
    most, num_classes, number = len(train), len(classes), config.num_train or 0
    rest = "validation and test part" if config.test_fraction is not None else "validation part"
    rule = f"must be between {num_classes} (one for every class) and {most} (all but the {rest})"
    require(num_classes <= number <= most, "num_train", rule, number)
    by_class = shuffled_by_class(images.labels[train], num_classes, "num_train", config.split_seed)
    return train[subset(by_class, number)]


def _shrunk(part: Indices, images: Images, share: float, classes: Sequence[str], config: DatasetConfig) -> Indices:
    """This share of a part, at least one image of every class."""
    by_class = shuffled_by_class(images.labels[part], len(classes), "num_train", config.split_seed)
    return part[subset(by_class, max(len(classes), round(share * len(part))))]
