from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.trainables.core.data.archives import write_dogs_list, write_stanford_dogs
from tests.trainables.core.data.matfiles import write_mat
from trainables.core.data import check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

CHIHUAHUA, SPANIEL = "n02085620-Chihuahua", "n02085782-Japanese_spaniel"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_stanford_dogs(tmp_path).parent


def config(root: Path) -> DatasetConfig:
    return DatasetConfig("stanford_dogs", root=str(root), image_size=8)


def test_the_published_form_is_read(root: Path) -> None:
    data = load_dataset(config(root))
    assert data.classes == (CHIHUAHUA, SPANIEL)
    greys = np.concatenate([data.train.images, data.val.images])[:, 0, 4, 4]
    assert sorted(greys.tolist()) == [10, 20, 30, 110, 120, 130]
    assert data.test.images[:, 0, 4, 4].tolist() == [50, 150]
    for part in (data.train, data.val, data.test):
        assert (part.images[:, 0, 4, 4] >= 100).tolist() == [label == 1 for label in part.labels]


def listed(name: str, *images: tuple[str, int]) -> Callable[[Path], object]:
    return lambda root: write_dogs_list(root / name, list(images))


TRAIN, TEST = "train_list.mat", "test_list.mat"
ONE, OTHER = (f"{CHIHUAHUA}/n02085620_1.jpg", 1), (f"{SPANIEL}/n02085782_1.jpg", 2)
IS_NO_LABEL = "which train_list.mat gives to another folder or to none"
TEXTS = "must have a text for each of its labels"
LISTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "escape": (TRAIN, listed(TRAIN, ("../a.jpg", 1), OTHER), "'..' is not a file name"),
    "no folder": (TEST, listed(TEST, ("n02085620_5.jpg", 1)), "'n02085620_5.jpg' is not CLASS/FILE"),
    "deeper": (TEST, listed(TEST, (f"{CHIHUAHUA}/a/b.jpg", 1)), "'a/b.jpg' is not a file name"),
    "one class": (TRAIN, listed(TRAIN, ONE), "its labels must be 1, 2 and so on"),
    "label 0": (TRAIN, listed(TRAIN, (ONE[0], 0), (OTHER[0], 1)), "its labels must be 1, 2 and so on"),
    "a gap": (TRAIN, listed(TRAIN, ONE, (OTHER[0], 3)), "its labels must be 1, 2 and so on"),
    "two folders": (TRAIN, listed(TRAIN, ONE, (OTHER[0], 1), OTHER), "its labels must be 1, 2 and so on"),
    "two labels": (TRAIN, listed(TRAIN, ONE, (f"{CHIHUAHUA}/n02085620_2.jpg", 2)), "one of its folders has two labels"),
    "another label": (TEST, listed(TEST, (ONE[0], 2)), f"{ONE[0]} has label 2, {IS_NO_LABEL}"),
    "unknown label": (TEST, listed(TEST, (ONE[0], 3)), f"{ONE[0]} has label 3, {IS_NO_LABEL}"),
    "no names": (TRAIN, lambda root: write_mat(root / TRAIN, {"labels": np.array([[1.0]])}), TEXTS),
    "too few names": (TEST, lambda r: write_mat(r / TEST, {"file_list": [ONE[0]], "labels": [[1.0, 2.0]]}), "whole"),
}


@pytest.mark.parametrize(("name", "write", "message"), LISTS.values(), ids=list(LISTS))
def test_a_list_that_cannot_be_is_named(root: Path, name: str, write: Callable[[Path], object], message: str) -> None:
    check_dataset(config(root))
    write(root)
    with pytest.raises(ConfigError, match=rf"root: must hold the published .*{name} cannot be used") as caught:
        check_dataset(config(root))
    assert message in str(caught.value)
