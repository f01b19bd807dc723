"""A user's own images in folders: root/train/CLASS/* and root/test/CLASS/* (or root/val/CLASS/*, as in ImageNet).

With `val`, root/VAL/CLASS/* is the validation part, which otherwise is split from the training part.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.decode import SUFFIXES, image_files, image_names
from trainables.core.data.listing import is_plain_name
from trainables.core.data.parts import Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, require

Tree = Mapping[str, list[Path]]


def check(config: DatasetConfig) -> None:
    """Check that the folders hold all parts with the same classes. Raises: ConfigError."""
    _trees(config)


def files(config: DatasetConfig) -> list[Path]:
    """Return all image files of all parts. Raises: ConfigError."""
    return [path for tree in _trees(config).values() for path in _paths(tree)]


def load(config: DatasetConfig) -> Source:
    """Return all images; classes and files are sorted by name. Raises: ConfigError."""
    trees = _trees(config)
    files = image_files(config, _paths(trees["train"]), _labels(trees["train"]))
    test, val = (files.like(_paths(tree), _labels(tree)) for tree in (trees["test"], trees.get("val", {})))
    return Source(files, test, tuple(trees["train"]), val if val.paths else None)


def _trees(config: DatasetConfig) -> Mapping[str, Tree]:
    """Return the images of train, test and, if `val` is set, val. Raises: ConfigError."""
    root = Path(str(config.root))
    rule = "must be an existing folder with train/CLASS/* and test/CLASS/* (or val)"
    require(root.is_dir(), "root", rule, config.root)
    as_in_imagenet = config.val != "val" and (root / "val").is_dir() and not (root / "test").is_dir()
    other = "val" if as_in_imagenet else "test"
    folders = {"train": "train", "test": other}
    if config.val is not None:
        _check_val(config, root, other)
        folders["val"] = config.val
    trees = {part: _list(config, root / folder) for part, folder in folders.items()}
    for part in ("test", "val"):
        if part in trees:
            _require_same_classes(config, trees["train"], trees[part], folders[part])
    return trees


def _check_val(config: DatasetConfig, root: Path, test: str) -> None:
    """Check that `val` names a folder in root that is no other part. Raises: ConfigError."""
    name = str(config.val)
    require(is_plain_name(name), "val", "must be the name of a folder in root", name)
    rule = f"must be another folder than that of the {'training' if name == 'train' else 'test'} part"
    require(name not in ("train", test), "val", rule, name)
    rule = f"must be a folder in root ({root}) with a folder for each class"
    require((root / name).is_dir(), "val", rule, name)


def _require_same_classes(config: DatasetConfig, train: Tree, tree: Tree, folder: str) -> None:
    odd = sorted(train.keys() ^ tree.keys())
    if odd:
        has, lacks = ("train", folder) if odd[0] in train else (folder, "train")
        rule = f"must hold the same class folders in train and {folder}: {has} has {odd[0]}, {lacks} does not"
        raise ConfigError("root", rule, config.root)


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
