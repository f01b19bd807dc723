"""Every data set by name, and the one road from its settings to three parts in memory."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trainables.core.config import DatasetConfig
from trainables.core.data import cifar, digits, imagefolder
from trainables.core.data.parts import Dataset, Part, Source, channel_statistics, fingerprint
from trainables.core.data.split import shuffled_by_class, split, subset
from trainables.core.section import one_of, require


@dataclass(frozen=True)
class Loader:
    """How one data set is checked without decoding, how it is loaded, and which optional settings it uses."""

    check: Callable[[DatasetConfig], None]
    load: Callable[[DatasetConfig], Source]
    uses: tuple[str, ...]


DATASETS: Mapping[str, Loader] = types.MappingProxyType(
    {
        "digits": Loader(digits.check, digits.load, uses=()),
        "cifar10": Loader(cifar.check_cifar10, cifar.load_cifar10, uses=("root", "download")),
        "cifar100": Loader(cifar.check_cifar100, cifar.load_cifar100, uses=("root", "download")),
        "imagefolder": Loader(imagefolder.check, imagefolder.load, uses=("root", "image_size")),
    }
)
"""Every known data set."""


def check_dataset(config: DatasetConfig) -> None:
    """Check what can be seen without decoding an image: name, unused settings, folders, files and classes.

    Raises:
        ConfigError: at the first setting that cannot work.
    """
    require(config.name in DATASETS, "name", one_of(DATASETS), config.name)
    loader = DATASETS[config.name]
    for setting in ("root", "download", "image_size"):
        value = getattr(config, setting)
        unused = setting in loader.uses or not value
        require(unused, setting, f"is not used by {config.name}: leave it out", value)
    if "root" in loader.uses:
        require(config.root is not None, "root", f"is needed by {config.name}: name its folder", config.root)
    loader.check(config)


def load_dataset(config: DatasetConfig) -> Dataset:
    """Decode all images and split them into train, validation and test part.

    The validation part is a stratified choice among the training images by `val_fraction` and `split_seed`; num_train
    then keeps a stratified subset of the rest.

    Raises:
        ConfigError: at the setting that cannot work, with the file at fault.
    """
    check_dataset(config)
    source = DATASETS[config.name].load(config)
    train, val = _hold_out(source, config)
    if config.num_train is not None:
        train = _keep(train, len(source.classes), config.num_train, config.split_seed)
    mean, std = channel_statistics(train.images)
    mark = fingerprint((train, val, source.test), source.classes)
    return Dataset(train, val, source.test, source.classes, mean, std, mark)


def _hold_out(source: Source, config: DatasetConfig) -> tuple[Part, Part]:
    counts = np.bincount(source.train.labels, minlength=len(source.classes))
    poorest = int(counts.argmin())
    rule = f"needs 2 or more training images of every class, but class {source.classes[poorest]} has {counts[poorest]}"
    require(counts[poorest] >= 2, "val_fraction", rule, config.val_fraction)
    by_class = shuffled_by_class(source.train.labels, len(source.classes), "validation part", config.split_seed)
    train, val = split(by_class, config.val_fraction)
    return source.train.take(train), source.train.take(val)


def _keep(train: Part, num_classes: int, number: int, split_seed: int) -> Part:
    most = len(train.labels)
    rule = f"must be between {num_classes} (one for every class) and {most} (what the validation part leaves)"
    require(num_classes <= number <= most, "num_train", rule, number)
    return train.take(subset(shuffled_by_class(train.labels, num_classes, "num_train", split_seed), number))
