from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainables.core.data.archives import WNIDS, write_tiny_imagenet
from trainables.core.data import check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_imagenet(tmp_path)


def config(folder: Path, **settings: Any) -> DatasetConfig:
    return DatasetConfig("tiny_imagenet", root=str(folder.parent), **settings)


def greys(images: Any) -> list[int]:
    return sorted(images[:, 0, 5, 5].tolist())


def test_the_published_form_is_read(folder: Path) -> None:
    data = load_dataset(config(folder))
    assert data.classes == tuple(sorted(WNIDS))
    assert data.train.images.shape[1:] == (3, 64, 64)
    assert greys(np.concatenate([data.train.images, data.val.images])) == [0, 10, 20, 30, 100, 110, 120, 130]
    for part in (data.train, data.val):
        assert (part.images[:, 0, 5, 5] >= 100).tolist() == [label == 1 for label in part.labels]


def test_the_labelled_val_part_is_the_test_part(folder: Path) -> None:
    data = load_dataset(config(folder))
    assert data.test.images[:, 0, 5, 5].tolist() == [50, 150]
    assert data.test.labels.tolist() == [0, 1]


LISTS = {
    "nothing": ("val/val_annotations.txt", "", "it is empty"),
    "too few columns": ("val/val_annotations.txt", "val_0.JPEG n01443537\n", "line 1 has 1 columns and not 6"),
    "no box": (f"train/{WNIDS[0]}/{WNIDS[0]}_boxes.txt", "a.JPEG\n", "line 1 has 1 columns and not 5"),
    "unknown class": ("val/val_annotations.txt", "a.JPEG\tn1\t0\t0\t1\t1\n", "'n1' is not in wnids.txt"),
    "escape": ("val/val_annotations.txt", "../a.JPEG\tn01443537\t0\t0\t1\t1\n", "'../a.JPEG' is not a file name"),
    "escape in training": (f"train/{WNIDS[0]}/{WNIDS[0]}_boxes.txt", "/a\t0\t0\t1\t1\n", "'/a' is not a file name"),
    "no number": ("wnids.txt", "n01443537\n../../n1\n", "'../../n1' is not a WordNet number"),
    "one class": ("wnids.txt", "n01443537\n", "it must list 2 or more classes, each once"),
    "a class twice": ("wnids.txt", "n01443537\nn01443537\n", "it must list 2 or more classes, each once"),
}


@pytest.mark.parametrize(("name", "text", "message"), LISTS.values(), ids=list(LISTS))
def test_a_list_that_cannot_be_is_named(folder: Path, name: str, text: str, message: str) -> None:
    check_dataset(config(folder))
    (folder / name).write_text(text)
    with pytest.raises(ConfigError, match=rf"root: must hold the published files, but .*{name} cannot be") as caught:
        check_dataset(config(folder))
    assert f"({message}): unpack it again" in str(caught.value)


def test_an_image_that_is_listed_twice_is_refused(folder: Path) -> None:
    boxes = folder / f"train/{WNIDS[0]}/{WNIDS[0]}_boxes.txt"
    boxes.write_text(boxes.read_text() * 2)
    with pytest.raises(ConfigError, match=rf"root: .* but these have .*{WNIDS[0]}_0.JPEG 2 times"):
        check_dataset(config(folder))


def test_a_list_that_was_cut_off_between_two_lines_is_noticed(folder: Path) -> None:
    boxes = folder / f"train/{WNIDS[0]}/{WNIDS[0]}_boxes.txt"
    boxes.write_text("".join(boxes.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(ConfigError, match=rf"root: .* but .*{WNIDS[0]}_2.JPEG is in none: unpack the archive again"):
        check_dataset(config(folder))
