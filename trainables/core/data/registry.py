"""All data sets by name, and the two functions that check and load one."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainables.core.data import (
    cifar,
    digits,
    flowers102,
    imagefolder,
    imagenet,
    own_function,
    stanford_cars,
    stanford_dogs,
    table,
    tiny_imagenet,
)
from trainables.core.data.assemble import assemble
from trainables.core.data.cache import cached
from trainables.core.data.listing import Listing
from trainables.core.data.parts import Dataset, Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import one_of, require


@dataclass(frozen=True)
class Loader:
    """The functions of one data set. All raise ConfigError."""

    check: Callable[[DatasetConfig], None]
    """Checks settings and files without decoding an image."""
    files: Callable[[DatasetConfig], Sequence[Path]] | None
    """Returns all files that the data set is made of. None where they are not known: nothing is cached then."""
    load: Callable[[DatasetConfig], Source]
    """Reads the data set."""
    uses: tuple[str, ...]
    """Which of the settings root, download, image_size, resize, file, val, test_fraction and upright it uses."""


DOWNLOADED, RESIZED = ("root", "download"), ("root", "image_size", "resize", "upright")


def _listed(listing: Callable[[DatasetConfig], Listing]) -> Loader:
    """Make the loader of a data set that comes with lists of its images."""

    def check(config: DatasetConfig) -> None:
        listing(config)

    return Loader(
        check, lambda config: listing(config).files, lambda config: listing(config).source(config), uses=RESIZED
    )


DATASETS: Mapping[str, Loader] = types.MappingProxyType(
    {
        "digits": Loader(digits.check, digits.files, digits.load, ()),
        "cifar10": Loader(cifar.check_cifar10, cifar.files_cifar10, cifar.load_cifar10, DOWNLOADED),
        "cifar100": Loader(cifar.check_cifar100, cifar.files_cifar100, cifar.load_cifar100, DOWNLOADED),
        "imagefolder": Loader(
            imagefolder.check, imagefolder.files, imagefolder.load, (*RESIZED, "val", "test_fraction")
        ),
        "tiny_imagenet": _listed(tiny_imagenet.listing),
        "flowers102": _listed(flowers102.listing),
        "stanford_cars": _listed(stanford_cars.listing),
        "stanford_dogs": _listed(stanford_dogs.listing),
        "imagenet": _listed(imagenet.listing),
        "table": Loader(table.check, table.files, table.load, (*RESIZED, "file")),
        own_function.FORM: Loader(own_function.check, None, own_function.load, ()),
    }
)
"""Name -> loader of the data set; the last name stands for all functions of a user's own."""


def check_dataset(config: DatasetConfig) -> None:
    """Check all that needs no decoding of images: name, unused settings, folders, files and classes.

    Raises:
        ConfigError: at the first setting that cannot work.
    """
    loader = _loader(config)
    for setting in ("root", "download", "image_size", "resize", "file", "val", "test_fraction", "upright"):
        value = getattr(config, setting)
        unused = setting in loader.uses or not value
        require(unused, setting, f"is not used by {config.name}: leave it out", value)
    if "root" in loader.uses:
        require(config.root is not None, "root", f"is needed by {config.name}: name its folder", config.root)
    if "file" in loader.uses:
        rule = f"is needed by {config.name}: name its CSV or Parquet file, relative to root"
        require(config.file is not None, "file", rule, config.file)
    loader.check(config)


def load_dataset(config: DatasetConfig, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Return the data set, decoded and split into three parts: from the node's cache if its files are known.

    progress: called with how many of how many images are decoded; never where they are in the cache.

    Raises:
        ConfigError: at the setting that cannot work, with the name of the file that causes it.
        CacheError: the cache cannot be written.
    """
    check_dataset(config)
    loader = _loader(config)
    if loader.files is None:
        return assemble(loader.load(config), config, lambda _, shape: np.empty(shape, np.uint8), progress)
    return cached(config, loader.files(config), lambda room: assemble(loader.load(config), config, room, progress))


def _loader(config: DatasetConfig) -> Loader:
    name = own_function.FORM if ":" in config.name else config.name
    require(name in DATASETS, "name", one_of(DATASETS), config.name)
    return DATASETS[name]
