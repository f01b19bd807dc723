"""A user's own images in folders: root/train/CLASS/* and root/test/CLASS/* (or root/val/CLASS/*, as in ImageNet)."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.decode import SUFFIXES, image_files, image_names
from trainables.core.data.parts import Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, require

Tree = Mapping[str, list[Path]]


def check(config: DatasetConfig) -> None:
    """Check that the folders hold a training and a test part with the same classes. Raises: ConfigError."""
    _trees(config)


def files(config: DatasetConfig) -> list[Path]:
    """Return all image files of both parts. Raises: ConfigError."""
    train, test = _trees(config)
    return _paths(train) + _paths(test)


def load(config: DatasetConfig) -> Source:
    """Return all images; classes and files are sorted by name. Raises: ConfigError."""
    train, test = _trees(config)
    files = image_files(config, _paths(train), _labels(train))
    return Source(files, files.like(_paths(test), _labels(test)), tuple(train))


def _trees(config: DatasetConfig) -> tuple[Tree, Tree]:
    root = Path(str(config.root))
    rule = "must be an existing folder with train/CLASS/* and test/CLASS/* (or val)"
    require(root.is_dir(), "root", rule, config.root)
    other = "val" if (root / "val").is_dir() and not (root / "test").is_dir() else "test"
    train, test = _list(config, root / "train"), _list(config, root / other)
    odd = sorted(train.keys() ^ test.keys())
    if odd:
        has, lacks = ("train", other) if odd[0] in train else (other, "train")
        rule = f"must hold the same class folders in train and {other}: {has} has {odd[0]}, {lacks} does not"
        raise ConfigError("root", rule, config.root)
    return train, test


def _list(config: DatasetConfig, folder: Path) -> Tree:
    name = "test (or val)" if folder.name == "test" else folder.name
    require(folder.is_dir(), "root", f"must hold a folder {name} with a folder for each class", config.root)
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith("."))
    rule = f"must hold 2 or more class folders in {folder.name}, not {len(names)}"
    require(len(names) >= 2, "root", rule, config.root)
    tree = {name: [folder / name / file for file in sorted(image_names(folder / name))] for name in names}
    for name, paths in tree.items():
        rule = (
            f"must hold images in every class folder, but {folder.name}/{name} has none ({', '.join(sorted(SUFFIXES))})"
        )
        require(bool(paths), "root", rule, config.root)
    return tree


def _paths(tree: Tree) -> list[Path]:
    return [path for paths in tree.values() for path in paths]


def _labels(tree: Tree) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(tree), dtype=np.int64), [len(paths) for paths in tree.values()])
