"""The names of data sets and models in a table over tasks."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from rts_search.sweep.overrides import flatten
from trainables.core.settings.config import DatasetConfig

OF_FILES = ("imagefolder", "table")
"""Data sets that are named after their files: their own name says only how they are read."""


def data_name(config: DatasetConfig) -> str:
    """The name of a data set: its own, or that of its folder or table."""
    if config.name in OF_FILES:
        return PurePath(config.file or config.root or "").stem or config.name
    return config.name.rpartition(":")[2]


def data_settings(config: DatasetConfig) -> dict[str, Any]:
    """The settings that make a data set another one: not where it lies, unless it is made of the user's own files."""
    elsewhere = ("download",) if config.name in OF_FILES else ("download", "root")
    return {name: value for name, value in config.to_dict().items() if name not in elsewhere}


def told_apart(names: Sequence[str], sections: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names, each followed by its settings that differ from those of the same name: `digits, num_train 300`.

    sections: the settings of each.
    """
    flat = [flatten(section) for section in sections]
    found = []
    for name, own in zip(names, flat, strict=True):
        others = [other for other_name, other in zip(names, flat, strict=True) if other_name == name]
        differing = [key for key, value in own.items() if any(other.get(key) != value for other in others)]
        found.append(", ".join([name, *(f"{key} {own[key]}" for key in differing if own[key] is not None)]))
    return found
