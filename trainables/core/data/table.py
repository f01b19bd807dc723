"""A user's own images in a table: a CSV or Parquet file with the path, the label and the part of each image."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from trainables.core.data.decode import image_files
from trainables.core.data.listing import Labelled, content_of
from trainables.core.data.parts import PARTS, Source
from trainables.core.file_kinds import FILE, NOTHING, kind_at
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, first_line, require

COLUMNS = ("path", "label", "part")
KINDS = (".csv", ".parquet")


@dataclass(frozen=True)
class Row:
    """One image of the table."""

    place: str
    """Where it stands, for messages: "line 3" of a CSV file, "row 3" (from 1) of a Parquet file."""
    path: str
    label: str
    part: str


@dataclass(frozen=True)
class Table:
    """The content of a table. No image has been decoded."""

    file: Path
    parts: Mapping[str, Labelled]
    """train, val and test; val may have no images."""
    classes: tuple[str, ...]
    """The labels of the training part, sorted; label i means classes[i]."""


def check(config: DatasetConfig) -> None:
    """Read the table and look for its images, without decoding one. Raises: ConfigError."""
    _read(config)


def files(config: DatasetConfig) -> list[Path]:
    """Return the table and all of its images. Raises: ConfigError."""
    table = _read(config)
    return [table.file, *(path for part in table.parts.values() for path in part.paths)]


def load(config: DatasetConfig) -> Source:
    """Return all images, in the order of the table. Raises: ConfigError."""
    table = _read(config)
    of_train, of_val, of_test = (table.parts[part] for part in PARTS)
    train = image_files(config, of_train.paths, of_train.labels)
    val = train.like(of_val.paths, of_val.labels) if of_val.paths else None
    return Source(train, train.like(of_test.paths, of_test.labels), table.classes, val)


def _read(config: DatasetConfig) -> Table:
    """Read and check the table. Raises: ConfigError."""
    file = _file(config)
    try:
        rows = list(_csv(file) if file.suffix.lower() == ".csv" else _parquet(file))
        table = _table(file, rows, Path(str(config.root)))
    except (OSError, ValueError, csv.Error) as error:
        rule = f"must be a table of {', '.join(COLUMNS)} that can be used ({first_line(error)})"
        raise ConfigError("file", rule, config.file) from error
    if table.parts["val"].paths:
        config.require_no_split()
    return table


def _file(config: DatasetConfig) -> Path:
    named = str(config.file)
    require(_inside(named), "file", "must be a path relative to root, inside of it", named)
    require(PurePath(named).suffix.lower() in KINDS, "file", f"must end in {' or '.join(KINDS)}", named)
    file = Path(str(config.root), named)
    kind = kind_at(file)
    told = "" if kind == NOTHING else f", and is {kind}"
    require(kind == FILE, "file", f"must be a file in root ({config.root}){told}", named)
    return file


def _inside(path: str) -> bool:
    """Whether the path is relative and cannot lead out of a folder."""
    pure = PurePath(path)
    return bool(pure.parts) and path.isprintable() and not pure.is_absolute() and ".." not in pure.parts


def _csv(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        _require_columns(reader.fieldnames or ())
        for values in reader:
            yield _row(f"line {reader.line_num}", values)


def _parquet(file: Path) -> Iterator[Row]:
    try:
        from pyarrow import parquet  # imported here, since it is needed for these files alone
    except ImportError as error:
        raise ValueError("pip install pyarrow, or write it as CSV") from error
    with parquet.ParquetFile(file) as opened:
        _require_columns(opened.schema_arrow.names)
        rows = opened.read(columns=list(COLUMNS)).to_pylist()
    for number, values in enumerate(rows, 1):
        yield _row(f"row {number}", values)


def _require_columns(found: Any) -> None:
    missing = next((name for name in COLUMNS if name not in found), None)
    if missing is not None:
        raise ValueError(f"it has no column {missing}")


def _row(place: str, values: Mapping[Any, Any]) -> Row:
    for name in COLUMNS:
        value = values[name]
        whole = name == "label" and isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (isinstance(value, str) and value):
            wanted = "text or a whole number" if name == "label" else "text"
            raise ValueError(f"{place} has no {wanted} in {name}")
    row = Row(place, values["path"], str(values["label"]), values["part"])
    if row.part not in PARTS:
        raise ValueError(f"{place} has the part {row.part!r:.80}, which is none of {', '.join(PARTS)}")
    if not _inside(row.path):
        raise ValueError(f"{place} has the path {row.path!r:.80}, which is not relative to root and inside of it")
    return row


def _table(file: Path, rows: list[Row], root: Path) -> Table:
    """Check the rows together. Raises: ValueError."""
    classes = tuple(sorted({row.label for row in rows if row.part == "train"}))
    for part in ("train", "test"):
        if not any(row.part == part for row in rows):
            raise ValueError(f"no row has the part {part}")
    if len(classes) < 2:
        raise ValueError(f"the part train has 1 label ({classes[0]!r:.80}) and needs 2 or more")
    labels = {name: label for label, name in enumerate(classes)}
    seen: dict[Path, str] = {}
    kinds: dict[Path, Mapping[str, str]] = {}
    for row in rows:
        path = root / row.path
        if row.label not in labels:
            raise ValueError(f"{row.place} has the label {row.label!r:.80}, which the part train has not")
        if path in seen:
            raise ValueError(f"{row.place} has the image of {seen[path]} again, {row.path}")
        seen[path] = row.place
        if path.parent not in kinds:  # one listing of a folder is faster than a look at each of its files
            kinds[path.parent] = content_of(path.parent)
        kind = kinds[path.parent].get(path.name)
        if kind != FILE:
            raise ValueError(f"{row.place} names {row.path}, which is {f'not in {root}' if kind is None else kind}")
    return Table(file, {part: _labelled(rows, part, root, labels) for part in PARTS}, classes)


def _labelled(rows: list[Row], part: str, root: Path, labels: Mapping[str, int]) -> Labelled:
    own = [row for row in rows if row.part == part]
    return Labelled([root / row.path for row in own], np.array([labels[row.label] for row in own], np.int64))
