"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009), read from the published archives, which torchvision stores too."""

import functools
import hashlib
import io
import pickle
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainables.core.data.parts import Part, Source
from trainables.core.file_kinds import FILE, kind_at
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, first_line, require


@dataclass(frozen=True)
class Archive:
    """An unpacked archive: names of its folder, files and keys. MD5 sums are those of torchvision.datasets.cifar."""

    folder: str
    """Name of its folder."""
    train: Mapping[str, str]
    """File of training images -> its MD5."""
    test: Mapping[str, str]
    """File of test images -> its MD5."""
    meta: Mapping[str, str]
    """File with the names of the classes -> its MD5."""
    labels: str
    """Key of the labels in a file of images."""
    classes: str
    """Key of the classes in the meta file."""
    torchvision: str
    """Name of torchvision's class that downloads the archive."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all files in the folder."""
        return (*self.train, *self.test, *self.meta)


CIFAR10 = Archive(
    folder="cifar-10-batches-py",
    train=types.MappingProxyType(
        {
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        }
    ),
    test=types.MappingProxyType({"test_batch": "40351d587109b95175f43aff81a1287e"}),
    meta=types.MappingProxyType({"batches.meta": "5ff9c542aee3614f3951f8cda6e48888"}),
    labels="labels",
    classes="label_names",
    torchvision="CIFAR10",
)
CIFAR100 = Archive(
    folder="cifar-100-python",
    train=types.MappingProxyType({"train": "16019d7e3df5f24257cddd939b257f8d"}),
    test=types.MappingProxyType({"test": "f0ef6b0ae62326f3e7ffdfab6717acfc"}),
    meta=types.MappingProxyType({"meta": "7973b15100ade9c7d40fb424638fde48"}),
    labels="fine_labels",
    classes="fine_label_names",
    torchvision="CIFAR100",
)


def check(config: DatasetConfig, archive: Archive) -> None:
    """Check that the archive's files are there or may be downloaded. Raises: ConfigError."""
    missing = _missing(config, archive)
    wanted = f"must hold {archive.folder}/{missing[0]}" if missing else ""
    rule = f"{wanted}: unpack the published archive there or set dataset.download to true"
    require(not missing or config.download, "root", rule, config.root)


def files(config: DatasetConfig, archive: Archive) -> list[Path]:
    """Return the archive's files; they are downloaded first if some are missing. Raises: ConfigError."""
    if _missing(config, archive):
        _download(config, archive)
    return [Path(str(config.root)) / archive.folder / name for name in archive.names]


def load(config: DatasetConfig, archive: Archive, verify: bool = True) -> Source:
    """Read the archive. Raises: ConfigError.

    verify: whether every file must have its published MD5; False also reads other files of the same format.
    """
    folder = Path(str(config.root)) / archive.folder
    read = functools.partial(_read_part, folder, archive, verify)
    (meta,) = (read_file(folder / name, md5 if verify else None) for name, md5 in archive.meta.items())
    return Source(read(archive.train), read(archive.test), tuple(meta[archive.classes]))


def read_file(path: Path, md5: str | None) -> dict[str, Any]:
    """Read one published file. md5: the sum that it must have; None accepts any.

    Raises:
        ConfigError: at `root`, when the file is not the published one, is damaged, or holds more than plain values and
            arrays.
    """
    try:
        payload = path.read_bytes()
    except OSError as error:
        rule = f"must hold files that can be read, but {path} cannot ({error.strerror or first_line(error)})"
        raise ConfigError("root", rule, None) from error
    found = hashlib.md5(payload, usedforsecurity=False).hexdigest()
    rule = f"must hold the published files, but {path} is another or damaged (MD5 {found}): unpack the archive again"
    require(md5 in (None, found), "root", rule, None)
    try:
        return _ArrayUnpickler(io.BytesIO(payload), encoding="latin1").load()  # type: ignore[no-any-return]
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, IndexError, AttributeError) as error:
        rule = f"must hold the published files, but {path} cannot be read ({error}): unpack the archive again"
        raise ConfigError("root", rule, None) from error


check_cifar10: Callable[[DatasetConfig], None] = functools.partial(check, archive=CIFAR10)
check_cifar100: Callable[[DatasetConfig], None] = functools.partial(check, archive=CIFAR100)
files_cifar10: Callable[[DatasetConfig], list[Path]] = functools.partial(files, archive=CIFAR10)
files_cifar100: Callable[[DatasetConfig], list[Path]] = functools.partial(files, archive=CIFAR100)
load_cifar10: Callable[[DatasetConfig], Source] = functools.partial(load, archive=CIFAR10)
load_cifar100: Callable[[DatasetConfig], Source] = functools.partial(load, archive=CIFAR100)


def _missing(config: DatasetConfig, archive: Archive) -> list[str]:
    folder = Path(str(config.root)) / archive.folder
    return [name for name in archive.names if kind_at(folder / name) != FILE]


def _download(config: DatasetConfig, archive: Archive) -> None:
    from filelock import FileLock
    from torchvision import datasets  # imported here only, since the rest of this package runs without torch

    root = Path(str(config.root))
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".download.lock"):
            if _missing(config, archive):  # another process may have downloaded it while this one waited
                getattr(datasets, archive.torchvision)(config.root, download=True)
    except Exception as error:  # network, disk and archive raise many kinds of errors
        rule = f"failed ({error}): put {archive.folder} into {config.root} by hand"
        raise ConfigError("download", rule, config.download) from error


def _read_part(folder: Path, archive: Archive, verify: bool, files: Mapping[str, str]) -> Part:
    batches = [read_file(folder / name, md5 if verify else None) for name, md5 in files.items()]
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([batch[archive.labels] for batch in batches])
    return Part(images.astype(np.uint8, copy=False), labels.astype(np.int64))


class _ArrayUnpickler(pickle.Unpickler):
    """Reads the published files, which are pickles. It builds plain values and arrays, and never calls other code."""

    _reconstruct = np.empty(0).__reduce__()[0]  # not imported, since its module is private and NumPy 2 renamed it
    allowed: Mapping[tuple[str, str], Any] = types.MappingProxyType(
        {
            ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
            ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        """Called by pickle for each name in the file; returns the few that an array needs.

        Raises:
            UnpicklingError: for any other name.
        """
        if (module, name) not in self.allowed:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no array needs")
        return self.allowed[module, name]
