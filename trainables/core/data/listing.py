"""Published archives whose own lists say which image belongs to which class and part, and what they share."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.decode import image_files, image_names
from trainables.core.data.parts import Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, first_line, require

Value = TypeVar("Value")


@dataclass(frozen=True)
class Labelled:
    """Image files and their labels int64 (n,)."""

    paths: Sequence[Path]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Listing:
    """What an archive's lists say, none of its images decoded."""

    lists: Sequence[Path]
    """The lists themselves."""
    train: Labelled
    test: Labelled
    classes: tuple[str, ...]
    """Names of the classes, in the order of the labels."""

    @property
    def files(self) -> list[Path]:
        """All files that the data set is made of."""
        return [*self.lists, *self.train.paths, *self.test.paths]

    def check(self, config: DatasetConfig) -> None:
        """Refuse lists that contradict themselves or the folders' images. Raises: ConfigError."""
        for part, of in ((self.train, "training"), (self.test, "test")):
            require(len(part.paths) > 0, "root", f"must list {of} images in {self.lists[0].parent}", config.root)
        paths = [*self.train.paths, *self.test.paths]
        twice, times = Counter(map(str, paths)).most_common(1)[0]
        rule = f"must hold the published lists, but theirs have {twice} {times} times: unpack the archive again"
        require(times == 1, "root", rule, config.root)
        listed = _require_files(config, paths)
        for folder, names in listed.items():  # a text that was cut off between two lines looks whole
            odd = min(set(image_names(folder)) - names, default=None)
            rule = f"must hold the published lists, but {folder / str(odd)} is in none: unpack the archive again"
            require(odd is None, "root", rule, config.root)

    def source(self, config: DatasetConfig) -> Source:
        """The images, decoded when they are read. Raises: ConfigError."""
        train = image_files(config, self.train.paths, self.train.labels)
        return Source(train, train.like(self.test.paths, self.test.labels), self.classes)


def read_list(config: DatasetConfig, path: Path, read: Callable[[Path], Value]) -> Value:
    """What `read` makes of one of the archive's lists; it raises ValueError when the list is damaged.

    Raises:
        ConfigError: at `root`, with the file.
    """
    _require_files(config, [path])
    try:
        return read(path)
    except (OSError, ValueError) as error:
        rule = f"must hold the published files, but {path} cannot be used ({first_line(error)}): unpack it again"
        raise ConfigError("root", rule, config.root) from error


def read_columns(path: Path, number: int) -> list[list[str]]:
    """The lines of a tab-separated text. Raises: ValueError at a line of another number of columns, or without any."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    if not rows:
        raise ValueError("it is empty")
    for place, row in enumerate(rows, 1):
        if len(row) != number:
            raise ValueError(f"line {place} has {len(row)} columns and not {number}")
    return rows


def plain_name(name: object) -> str:
    """A name from a list, if it can name nothing but a file in its own folder. Raises: ValueError for any other."""
    plain = isinstance(name, str) and name.isprintable() and not set(name) & {"/", "\\"} and name not in ("", ".", "..")
    if not plain:
        raise ValueError(f"{name!r:.80} is no file name")
    return str(name)


def whole_numbers(values: Mapping[str, Any], name: str) -> NDArray[np.int64]:
    """Numbers of a MATLAB file, which keeps most of them as doubles. Raises: ValueError unless all are whole."""
    numbers = values.get(name)
    whole = isinstance(numbers, np.ndarray) and np.all(np.abs(numbers) < 2**31) and np.all(numbers == np.rint(numbers))
    if not whole:
        raise ValueError(f"its {name} must be whole numbers")
    return numbers.astype(np.int64)  # type: ignore[no-any-return, union-attr]


def _require_files(config: DatasetConfig, paths: Iterable[Path]) -> Mapping[Path, set[str]]:
    """Refuse a file that is not there; the names that are wanted by their folders, which are looked into once each."""
    wanted: defaultdict[Path, set[str]] = defaultdict(set)
    for path in paths:
        wanted[path.parent].add(path.name)
    for folder, names in wanted.items():
        missing = min(names - _names(folder), default=None)
        place = folder.relative_to(str(config.root)) / str(missing)
        require(missing is None, "root", f"must hold {place}: unpack the published archive there", config.root)
    return wanted


def _names(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in os.scandir(folder)}
    except (OSError, ValueError):  # no folder, none that may be looked into, or a name that none can have
        return set()
