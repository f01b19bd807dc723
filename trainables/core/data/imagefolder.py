"""A user's own images in folders: root/train/CLASS/* and root/test/CLASS/* (or root/val/CLASS/*, as in ImageNet).

With `val`, root/VAL/CLASS/* is the validation part, which otherwise is split from the training part. With
`test_fraction`, the test part is split from root/train/CLASS/*, or from root/CLASS/* where there is no train.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.decode import SUFFIXES, image_files, is_image_name
from trainables.core.data.listing import is_plain_name
from trainables.core.data.parts import Source
from trainables.core.file_kinds import DEAD_LINK, FILE, FOLDER, LOOP, NOTHING, kind_at, kinds_in
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
    others = {part: files.like(_paths(tree), _labels(tree)) for part, tree in trees.items() if part != "train"}
    return Source(files, others.get("test"), tuple(trees["train"]), others.get("val"))


def _trees(config: DatasetConfig) -> Mapping[str, Tree]:
    """Return the images of train, test and, if `val` is set, val. Raises: ConfigError."""
    folders = folders_of(config)
    trees = {part: _list(config, folder) for part, folder in folders.items()}
    for part in ("test", "val"):
        if part in trees:
            _require_same_classes(config, trees["train"], trees[part], folders[part].name)
    return trees


def folders_of(config: DatasetConfig) -> Mapping[str, Path]:
    """The folders of train, test and, if `val` is set, val. Raises: ConfigError."""
    root = Path(str(config.root))
    _require_folder(config, root, "must be an existing folder with train/CLASS/* and test/CLASS/* (or val)")
    if config.test_fraction is not None:
        return _without_test(config, root)
    is_there = {name: kind_at(root / name) == FOLDER for name in ("val", "test")}
    other = "val" if config.val != "val" and is_there["val"] and not is_there["test"] else "test"
    folders = {"train": root / "train", "test": root / other}
    if config.val is not None:
        _check_val(config, root, other)
        folders["val"] = root / config.val
    return folders


def _without_test(config: DatasetConfig, root: Path) -> Mapping[str, Path]:
    """The folders of train and, if `val` is set, val, where the test part is split from train. Raises: ConfigError."""
    for name in ("test", "val"):
        other = name != config.val and kind_at(root / name) == FOLDER and kind_at(root / "train") == FOLDER
        rule = f"must be left out: the data have a test part of their own, {root / name}"
        require(not other, "test_fraction", rule, config.test_fraction)
    train = root / "train" if kind_at(root / "train") == FOLDER else root
    if config.val is None:
        return {"train": train}
    require(train != root, "val", f"needs the training images in {root / 'train'}", config.val)
    _check_val(config, root, "test")
    return {"train": train, "val": root / config.val}


def content(folder: Path) -> Mapping[str, str]:
    """Name -> kind of all in a folder that is not hidden, sorted by name. Raises: ConfigError: it cannot be read."""
    try:
        found = kinds_in(folder)
    except OSError as error:
        rule = f"must hold folders that can be read, but {folder} cannot ({error.strerror})"
        raise ConfigError("root", rule, None) from error
    return {name: found[name] for name in sorted(found) if not name.startswith(".")}


def _require_folder(config: DatasetConfig, path: Path, rule: str, place: str = "root") -> None:
    kind = kind_at(path)
    told = "" if kind in (NOTHING, FILE) else f" ({path} is {kind})"
    require(kind == FOLDER, place, f"{rule}{told}", getattr(config, place))


def _check_val(config: DatasetConfig, root: Path, test: str) -> None:
    """Check that `val` names a folder in root that is no other part. Raises: ConfigError."""
    name = str(config.val)
    require(is_plain_name(name), "val", "must be the name of a folder in root", name)
    rule = f"must be another folder than that of the {'training' if name == 'train' else 'test'} part"
    require(name not in ("train", test), "val", rule, name)
    rule = f"must be a folder in root ({root}) with a folder for each class"
    _require_folder(config, root / name, rule, "val")


def _require_same_classes(config: DatasetConfig, train: Tree, tree: Tree, folder: str) -> None:
    odd = sorted(train.keys() ^ tree.keys())
    if odd:
        has, lacks = ("train", folder) if odd[0] in train else (folder, "train")
        rule = f"must hold the same class folders in train and {folder}: {has} has {odd[0]}, {lacks} does not"
        raise ConfigError("root", rule, config.root)


def _list(config: DatasetConfig, folder: Path) -> Tree:
    name = "test (or val)" if folder.name == "test" else folder.name
    ways = {
        "test": "; or set test_fraction, which splits the test part from the others",
        "train": "; or set test_fraction, if the folders in root are the classes",
    }
    way = ways.get(folder.name, "")
    _require_folder(config, folder, f"must hold a folder {name} with a folder for each class{way}")
    kinds = content(folder)
    names = [name for name, kind in kinds.items() if kind == FOLDER]
    # What cannot be seen now may be a class: a disk that is not there, or a link of DVC or git-annex.
    unseen = next((name for name, kind in kinds.items() if kind in (DEAD_LINK, LOOP) or "accessible" in kind), None)
    rule = f"must hold class folders, but {folder / str(unseen)} is {kinds.get(str(unseen))}: replace it or remove it"
    require(unseen is None, "root", rule, None)
    rule = f"must hold 2 or more class folders, but {folder} has {len(names)}"
    require(len(names) >= 2, "root", rule, None)
    tree = {name: _images(folder / name) for name in names}
    for name, paths in tree.items():
        rule = f"must hold images in every class folder, but {folder / name} has none ({', '.join(sorted(SUFFIXES))})"
        require(bool(paths), "root", rule, None)
    return tree


def _images(folder: Path) -> list[Path]:
    kinds = {name: kind for name, kind in content(folder).items() if is_image_name(name) and kind != FOLDER}
    odd = next((name for name, kind in kinds.items() if kind != FILE), None)
    rule = f"must hold images that can be read, but {folder / str(odd)} is {kinds.get(str(odd))}: replace it or remove "
    require(odd is None, "root", f"{rule}it", None)
    return [folder / name for name in kinds]


def _paths(tree: Tree) -> list[Path]:
    return [path for paths in tree.values() for path in paths]


def _labels(tree: Tree) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(tree), dtype=np.int64), [len(paths) for paths in tree.values()])
