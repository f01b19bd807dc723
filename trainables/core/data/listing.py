"""What archives share that come with lists of their images: which class and which part each image belongs to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.decode import image_files, is_image_name
from trainables.core.data.parts import Source
from trainables.core.file_kinds import FILE, kinds_in
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, first_line, require

Value = TypeVar("Value")


@dataclass(frozen=True)
class Labelled:
    """Image files and their labels, int64 (n,)."""

    paths: Sequence[Path]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Listing:
    """The content of an archive's lists. No image has been decoded."""

    lists: Sequence[Path]
    """The files of the lists; empty where folders alone say the class of every image."""
    train: Labelled
    """The training images."""
    test: Labelled
    """The test images."""
    classes: tuple[str, ...]
    """Names of the classes; label i means classes[i]."""

    @property
    def files(self) -> list[Path]:
        """All files of the data set: lists and images."""
        return [*self.lists, *self.train.paths, *self.test.paths]

    def check(self, config: DatasetConfig) -> None:
        """Check that each part has images, no image is listed twice, and lists and folders hold the same images.

        Raises:
            ConfigError: at `root`.
        """
        place = self.lists[0].parent if self.lists else config.root
        for part, of in ((self.train, "training"), (self.test, "test")):
            require(len(part.paths) > 0, "root", f"must list {of} images in {place}", config.root)
        paths = [*self.train.paths, *self.test.paths]
        twice, times = Counter(map(str, paths)).most_common(1)[0]
        rule = f"must hold the published lists, but these have {twice} {times} times: unpack the archive again"
        require(times == 1, "root", rule, config.root)
        for folder, names in _require_files(config, paths).items():  # finds a list that was cut off between two lines
            odd = min(filter(is_image_name, content_of(folder).keys() - names), default=None)
            rule = f"must hold the published lists, but {folder / str(odd)} is in none: unpack the archive again"
            require(odd is None, "root", rule, None)

    def source(self, config: DatasetConfig) -> Source:
        """Return the images, which are decoded when they are read. Raises: ConfigError."""
        train = image_files(config, self.train.paths, self.train.labels)
        return Source(train, train.like(self.test.paths, self.test.labels), self.classes)


def read_list(config: DatasetConfig, path: Path, read: Callable[[Path], Value]) -> Value:
    """Read one of the archive's lists with `read`, which raises ValueError when the list is damaged.

    Raises:
        ConfigError: at `root`, with the name of the file.
    """
    _require_files(config, [path])
    try:
        return read(path)
    except (OSError, ValueError) as error:
        rule = f"must hold the published files, but {path} cannot be used ({first_line(error)}): unpack it again"
        raise ConfigError("root", rule, None) from error


def read_columns(path: Path, number: int) -> list[list[str]]:
    """Return the lines of a tab-separated text file, each as a list of `number` columns.

    Raises:
        ValueError: a line has another number of columns, or the file is empty.
    """
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    if not rows:
        raise ValueError("it is empty")
    for place, row in enumerate(rows, 1):
        if len(row) != number:
            raise ValueError(f"line {place} has {len(row)} columns and not {number}")
    return rows


def plain_name(name: object) -> str:
    """Return the name if it can only be a file in the expected folder, not a path. Raises: ValueError otherwise."""
    if not is_plain_name(name):
        raise ValueError(f"{name!r:.80} is not a file name")
    return str(name)


def is_plain_name(name: object) -> bool:
    """Whether the name can only be a file or folder in the expected folder, not a path."""
    return isinstance(name, str) and name.isprintable() and not set(name) & {"/", "\\"} and name not in ("", ".", "..")


def whole_numbers(values: Mapping[str, Any], name: str) -> NDArray[np.int64]:
    """Return values[name] as integers, which MATLAB stores as doubles. Raises: ValueError unless all are whole."""
    numbers = values.get(name)
    whole = isinstance(numbers, np.ndarray) and np.all(np.abs(numbers) < 2**31) and np.all(numbers == np.rint(numbers))
    if not whole:
        raise ValueError(f"its {name} must be whole numbers")
    return numbers.astype(np.int64)  # type: ignore[no-any-return, union-attr]


def _require_files(config: DatasetConfig, paths: Iterable[Path]) -> Mapping[Path, set[str]]:
    """Check that all files exist, with one listing per folder. Returns folder -> names of the files wanted from it.

    Raises:
        ConfigError: at `root`, with the first file that is missing, or with a folder that cannot be read.
    """
    wanted: defaultdict[Path, set[str]] = defaultdict(set)
    for path in paths:
        wanted[path.parent].add(path.name)
    for folder, names in wanted.items():
        try:
            kinds = content_of(folder)
        except OSError as error:
            rule = f"must hold folders that can be read, but {folder} cannot ({error.strerror})"
            raise ConfigError("root", rule, None) from error
        missing = min((name for name in names if kinds.get(name) != FILE), default=None)
        kind = kinds.get(str(missing))
        if kind is not None:
            rule = f"must hold {folder / str(missing)} as a file, but it is {kind}: unpack the published archive again"
            raise ConfigError("root", rule, None)
        place = folder.relative_to(str(config.root)) / str(missing)
        require(missing is None, "root", f"must hold {place}: unpack the published archive there", config.root)
    return wanted


def content_of(folder: Path) -> Mapping[str, str]:
    """Name -> kind of everything in a folder; empty where there is no such folder. Raises: OSError: cannot be read."""
    try:
        return kinds_in(folder)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: its name is not valid
        return {}
