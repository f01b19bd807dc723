from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainables.core.data.archives import write_stanford_cars
from tests.trainables.core.data.matfiles import structures, write_mat
from trainables.core.data import check_dataset, load_dataset, stanford_cars
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

TRAIN, TEST, META = "devkit/cars_train_annos.mat", "cars_test_annos_withlabels.mat", "devkit/cars_meta.mat"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_stanford_cars(tmp_path)


def config(folder: Path) -> DatasetConfig:
    return DatasetConfig("stanford_cars", root=str(folder.parent), image_size=8)


def test_the_published_form_is_read(folder: Path) -> None:
    data = load_dataset(config(folder))
    assert data.classes == ("AM General Hummer SUV 2000", "Ram C/V Cargo Van Minivan 2012")
    greys = np.concatenate([data.train.images, data.val.images])[:, 0, 4, 4]
    assert sorted(greys.tolist()) == [10, 20, 30, 40, 50, 60]
    assert data.test.images[:, 0, 4, 4].tolist() == [110, 120]
    for part in (data.train, data.val, data.test):
        assert (part.images[:, 0, 4, 4] // 10 % 10 % 2 == 0).tolist() == [label == 1 for label in part.labels]


def test_torchvision_finds_the_same_images_and_labels(folder: Path) -> None:
    from torchvision.datasets import StanfordCars

    found = stanford_cars.listing(config(folder))
    for part, split in ((found.train, "train"), (found.test, "test")):
        theirs = StanfordCars(folder.parent, split=split)
        ours = zip(map(str, part.paths), part.labels.tolist(), strict=True)
        assert list(ours) == theirs._samples
        assert list(found.classes) == theirs.classes


def annotations(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"annotations": structures(list(rows))}


LISTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "escape": (TRAIN, annotations({"class": 1, "fname": "../1.jpg"}), "'../1.jpg' is not a file name"),
    "no text": (TEST, annotations({"class": 1, "fname": 7}), "is not a file name"),
    "class 0": (TRAIN, annotations({"class": 0, "fname": "1.jpg"}), "class 0 is not one of the 2 in cars_meta.mat"),
    "class 3": (TEST, annotations({"class": 3, "fname": "1.jpg"}), "class 3 is not one of the 2 in cars_meta.mat"),
    "two classes": (TEST, annotations({"class": [1, 2], "fname": "1.jpg"}), "an image has 2 classes and not 1"),
    "half a class": (TEST, annotations({"class": 1.5, "fname": "1.jpg"}), "its class must be whole numbers"),
    "no labels": (TEST, annotations({"fname": "1.jpg"}), "its annotations must be structures with class and fname"),
    "no structures": (TRAIN, {"annotations": 3}, "its annotations must be structures with class and fname"),
    "another name": (TRAIN, {"other": 3}, "its annotations must be structures with class and fname"),
    "no names": (META, {"class_names": 3}, "its class_names must be 2 or more texts"),
    "one name": (META, {"class_names": ["AM General"]}, "its class_names must be 2 or more texts"),
    "a number as a name": (META, {"class_names": ["AM General", 3]}, "its class_names must be 2 or more texts"),
}


@pytest.mark.parametrize(("name", "values", "message"), LISTS.values(), ids=list(LISTS))
def test_a_list_that_cannot_be_is_named(folder: Path, name: str, values: dict[str, Any], message: str) -> None:
    check_dataset(config(folder))
    write_mat(folder / name, values)
    with pytest.raises(ConfigError, match=rf"root: must hold the published .*{name} cannot be used") as caught:
        check_dataset(config(folder))
    assert message in str(caught.value)
