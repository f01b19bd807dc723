"""Stanford Cars (Krause et al. 2013): 196 models of cars, in the folder stanford_cars that torchvision reads.

The folder must hold cars_train/*.jpg, cars_test/*.jpg, devkit/cars_meta.mat, devkit/cars_train_annos.mat and
cars_test_annos_withlabels.mat. The last one was published later and has the labels of the test part. Bounding boxes are
not used.
"""

import functools
from pathlib import Path

import numpy as np

from trainables.core.data.listing import Labelled, Listing, plain_name, read_list, whole_numbers
from trainables.core.data.matfile import read_mat
from trainables.core.settings.config import DatasetConfig

FOLDER = "stanford_cars"
META, TRAIN, TEST = "devkit/cars_meta.mat", "devkit/cars_train_annos.mat", "cars_test_annos_withlabels.mat"


def listing(config: DatasetConfig) -> Listing:
    """Read the names of the classes and the class of every image. Raises: ConfigError."""
    folder = Path(str(config.root), FOLDER)
    meta, of_train, of_test = folder / META, folder / TRAIN, folder / TEST
    classes = read_list(config, meta, _classes)
    read = functools.partial(_annotated, num_classes=len(classes))
    train = read_list(config, of_train, functools.partial(read, images=folder / "cars_train"))
    test = read_list(config, of_test, functools.partial(read, images=folder / "cars_test"))
    result = Listing([meta, of_train, of_test], train, test, classes)
    result.check(config)
    return result


def _classes(path: Path) -> tuple[str, ...]:
    names = read_mat(path).get("class_names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < 2:
        raise ValueError("its class_names must be 2 or more texts")
    return tuple(names)


def _annotated(path: Path, images: Path, num_classes: int) -> Labelled:
    annotations = read_mat(path).get("annotations")
    if not isinstance(annotations, dict) or not {"class", "fname"} <= annotations.keys():
        raise ValueError("its annotations must be structures with class and fname")
    labels = np.array([_label(label) for label in annotations["class"]], np.int64)
    names = [plain_name(name) for name in annotations["fname"]]
    odd = labels[(labels < 1) | (labels > num_classes)]
    if len(odd):
        raise ValueError(f"class {odd[0]} is not one of the {num_classes} in cars_meta.mat")
    return Labelled([images / name for name in names], labels - 1)


def _label(numbers: object) -> int:
    label = whole_numbers({"class": numbers}, "class")
    if len(label) != 1:
        raise ValueError(f"an image has {len(label)} classes and not 1")
    return int(label[0])
