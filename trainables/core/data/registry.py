"""Every data set by name, and the one road from its settings to three parts in memory."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainables.core.data import cifar, digits, flowers102, imagefolder, stanford_cars, tiny_imagenet
from trainables.core.data.assemble import assemble
from trainables.core.data.cache import cached
from trainables.core.data.listing import Listing
from trainables.core.data.parts import Dataset, Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import one_of, require


@dataclass(frozen=True)
class Loader:
    """How one data set is checked without decoding, of which files it is, how it is read, which settings it uses."""

    check: Callable[[DatasetConfig], None]
    files: Callable[[DatasetConfig], Sequence[Path]]
    load: Callable[[DatasetConfig], Source]
    uses: tuple[str, ...]


DOWNLOADED, RESIZED = ("root", "download"), ("root", "image_size")


def _listed(listing: Callable[[DatasetConfig], Listing]) -> Loader:
    """A data set whose own lists say all that there is to know without decoding an image."""

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
        "imagefolder": Loader(imagefolder.check, imagefolder.files, imagefolder.load, RESIZED),
        "tiny_imagenet": _listed(tiny_imagenet.listing),
        "flowers102": _listed(flowers102.listing),
        "stanford_cars": _listed(stanford_cars.listing),
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
    """All images, decoded and split into train, validation and test part, from the node's cache.

    Raises:
        ConfigError: at the setting that cannot work, with the file at fault.
        CacheError: the cache cannot be written.
    """
    check_dataset(config)
    loader = DATASETS[config.name]
    return cached(config, loader.files(config), lambda room: assemble(loader.load(config), config, room))
