"""ImageNet (ILSVRC 2012, Russakovsky et al. 2015): the folders in which its training and validation images unpack.

`root` holds train/WNID/*.JPEG and val, or ILSVRC/Data/CLS-LOC with both, as the archive of Kaggle unpacks. The test
part of the competition has no labels, so the published validation part is the test part here. Its images are in class
folders, as most training scripts need them and as torchvision makes them, or all in one folder, as published. Then
their classes are read from LOC_val_solution.csv (Kaggle) or from ILSVRC2012_devkit_t12/data (the development kit).

Classes are named and sorted by their WordNet numbers. Trees with fewer classes, such as ImageNet-100, are read as well.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from trainables.core.data.decode import is_image_name
from trainables.core.data.listing import Labelled, Listing, content_of, plain_name, read_list, whole_numbers
from trainables.core.data.matfile import read_mat
from trainables.core.file_kinds import FILE, FOLDER, kind_at
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, require

KAGGLE = Path("ILSVRC", "Data", "CLS-LOC")
SOLUTION = "LOC_val_solution.csv"
KIT = Path("ILSVRC2012_devkit_t12", "data")
META, TRUTH = KIT / "meta.mat", KIT / "ILSVRC2012_validation_ground_truth.txt"
WORDNET_NUMBER = re.compile(r"n\d{8}", flags=re.ASCII)


def listing(config: DatasetConfig) -> Listing:
    """Find the class of every image. Raises: ConfigError."""
    root = Path(str(config.root))
    images = root / KAGGLE if kind_at(root / KAGGLE) == FOLDER else root
    classes = tuple(_classes_in(images / "train"))
    rule = f"must hold class folders such as n01440764 in {images / 'train'}, at least 2, not {len(classes)}"
    require(len(classes) >= 2, "root", rule, config.root)
    train = _in_folders(config, images / "train", classes)
    if _classes_in(images / "val"):
        lists: list[Path] = []
        test = _in_folders(config, images / "val", classes)
    else:
        lists, test = _in_one_folder(config, root, images / "val", classes)
    result = Listing(lists, train, test, classes)
    result.check(config)
    return result


def _classes_in(folder: Path) -> list[str]:
    return sorted(name for name, kind in _content(folder).items() if kind == FOLDER and _is_wnid(name))


def _in_folders(config: DatasetConfig, folder: Path, classes: tuple[str, ...]) -> Labelled:
    others = sorted(set(_classes_in(folder)) - set(classes))
    rule = f"must hold the same classes in train and val, but only val has {'/'.join(others[:1])}"
    require(not others, "root", rule, None)
    files = [_images(folder / name) for name in classes]
    empty = next((name for name, paths in zip(classes, files, strict=True) if not paths), None)
    require(empty is None, "root", f"must hold images in {folder / str(empty)}", config.root)
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(paths) for paths in files])
    return Labelled([path for paths in files for path in paths], labels)


def _in_one_folder(
    config: DatasetConfig, root: Path, folder: Path, classes: tuple[str, ...]
) -> tuple[list[Path], Labelled]:
    """Label the images of a folder by the published lists. Returns the lists that were read, and the images."""
    if kind_at(root / SOLUTION) == FILE:
        lists = [root / SOLUTION]
        wnids = read_list(config, root / SOLUTION, _solution)
    else:
        lists = [root / META, root / TRUTH]
        rule = f"must hold class folders in {folder}, or {SOLUTION}, or {KIT}, which says the classes of its images"
        require(kind_at(root / TRUTH) == FILE, "root", rule, config.root)
        of_number = read_list(config, root / META, _synsets)
        wnids = read_list(config, root / TRUTH, lambda path: _truth(path, of_number))
    paths, places = _images(folder), {name: place for place, name in enumerate(classes)}
    labels = np.empty(len(paths), np.int64)
    for place, path in enumerate(paths):
        wnid = wnids.get(path.stem)
        rule = f"must hold only images whose classes are known, but {lists[-1]} has none for {path.name}"
        require(wnid is not None, "root", rule, None)
        rule = f"must hold the same classes in train and val, but {path} is of {wnid}, which train does not have"
        require(wnid in places, "root", rule, None)
        labels[place] = places[str(wnid)]
    return lists, Labelled(paths, labels)


def _solution(path: Path) -> Mapping[str, str]:
    """Image without its ending -> WordNet number, from lines such as ILSVRC2012_val_00048981,n03995372 85 1 499 272."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    wnids = {}
    for number, line in enumerate(lines, 2):
        name, _, boxes = line.partition(",")
        wnid = boxes.strip('"').split(" ")[0]
        if not _is_wnid(wnid):
            raise ValueError(f"line {number} has no WordNet number after the name of an image")
        wnids[plain_name(name)] = wnid
    if not wnids:
        raise ValueError("it is empty")
    return wnids


def _synsets(path: Path) -> Mapping[int, str]:
    """Number of a class in the development kit -> its WordNet number."""
    synsets = read_mat(path).get("synsets")
    if not isinstance(synsets, dict) or not {"ILSVRC2012_ID", "WNID"} <= synsets.keys():
        raise ValueError("its synsets must be structures with ILSVRC2012_ID and WNID")
    numbers = [whole_numbers({"ILSVRC2012_ID": number}, "ILSVRC2012_ID") for number in synsets["ILSVRC2012_ID"]]
    if any(len(number) != 1 for number in numbers) or not all(_is_wnid(wnid) for wnid in synsets["WNID"]):
        raise ValueError("each of its synsets must have one number and a WordNet number")
    return {int(number[0]): wnid for number, wnid in zip(numbers, synsets["WNID"], strict=True)}


def _truth(path: Path, of_number: Mapping[int, str]) -> Mapping[str, str]:
    """Image without its ending -> WordNet number; line i is the class of ILSVRC2012_val_0000000i."""
    lines = path.read_text(encoding="utf-8").split()
    if not lines:
        raise ValueError("it is empty")
    wnids = {}
    for place, text in enumerate(lines, 1):
        number = int(text) if text.isdecimal() and len(text) < 10 else 0
        if number not in of_number:
            raise ValueError(f"line {place} is {text!r:.20}, which is no class of meta.mat")
        wnids[f"ILSVRC2012_val_{place:08d}"] = of_number[number]
    return wnids


def _images(folder: Path) -> list[Path]:
    return [folder / name for name in sorted(filter(is_image_name, _content(folder)))]


def _content(folder: Path) -> Mapping[str, str]:
    try:
        return {name: kind for name, kind in content_of(folder).items() if not name.startswith(".")}
    except OSError as error:
        rule = f"must hold folders that can be read, but {folder} cannot ({error.strerror})"
        raise ConfigError("root", rule, None) from error


def _is_wnid(name: object) -> bool:
    return isinstance(name, str) and WORDNET_NUMBER.fullmatch(name) is not None
