from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainables.core.data.archives import write_flowers102
from tests.trainables.core.data.matfiles import write_mat
from trainables.core.data import check_dataset, flowers102, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

Publish = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_flowers102(tmp_path)


def config(folder: Path) -> DatasetConfig:
    return DatasetConfig("flowers102", root=str(folder.parent), image_size=8)


def numbers(images: Any) -> list[int]:
    """The numbers of images, whose grey is ten times that."""
    return [round(int(grey) / 10) for grey in images[:, 0, 4, 4]]


def test_the_published_form_is_read(folder: Path, publish: Publish) -> None:
    publish(folder)
    data = load_dataset(config(folder))
    assert data.classes == ("1", "2")
    assert sorted([*numbers(data.train.images), *numbers(data.val.images)]) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert numbers(data.test.images) == [9, 10]
    for part in (data.train, data.val, data.test):
        assert [(number - 1) % 2 for number in numbers(part.images)] == part.labels.tolist()


def test_other_lists_than_the_published_ones_are_refused_by_name(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"imagelabels.mat cannot be used \(it is another .*MD5 is [0-9a-f]{32}\)"):
        check_dataset(config(folder))


def test_the_md5_are_those_that_torchvision_has() -> None:
    from torchvision.datasets import Flowers102

    assert {name: md5 for name, md5 in Flowers102._file_dict.values() if name.endswith(".mat")} == flowers102.MD5


def test_torchvision_finds_the_same_images_and_labels(
    folder: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import Flowers102

    monkeypatch.setattr(Flowers102, "_check_integrity", lambda _: True)
    publish(folder)
    found = flowers102.listing(config(folder))
    for part, splits in ((found.train, ("train", "val")), (found.test, ("test",))):
        theirs = [Flowers102(folder.parent, split=split) for split in splits]
        wanted = {pair for one in theirs for pair in zip(one._image_files, one._labels, strict=True)}
        assert set(zip(part.paths, part.labels.tolist(), strict=True)) == wanted


SETS: dict[str, tuple[dict[str, Any], str]] = {
    "image 0": ({"tstid": [0]}, "image 0 is not one of the 10 that have a label"),
    "image 11": ({"trnid": [1, 11]}, "image 11 is not one of the 10 that have a label"),
    "half an image": ({"valid": [1.5]}, "its valid must be whole numbers"),
    "a text": ({"valid": "1"}, "its valid must be whole numbers"),
}


@pytest.mark.parametrize(("change", "message"), SETS.values(), ids=list(SETS))
def test_parts_that_cannot_be_are_refused(folder: Path, publish: Publish, change: dict[str, Any], message: str) -> None:
    parts = {"trnid": [1, 2, 3, 4], "valid": [5, 6, 7, 8], "tstid": [9, 10]}
    write_mat(folder / "setid.mat", {name: np.array(ids) for name, ids in parts.items()})
    publish(folder)
    check_dataset(config(folder))
    write_mat(folder / "setid.mat", {name: np.array(ids) for name, ids in {**parts, **change}.items()})
    publish(folder)
    with pytest.raises(ConfigError, match=r"setid.mat cannot be used") as caught:
        check_dataset(config(folder))
    assert message in str(caught.value)


def test_a_part_that_is_missing_is_named(folder: Path, publish: Publish) -> None:
    write_mat(folder / "setid.mat", {"trnid": np.arange(1, 5), "valid": np.arange(5, 9)})
    publish(folder)
    with pytest.raises(ConfigError, match="its tstid must be whole numbers"):
        check_dataset(config(folder))


def test_a_test_image_that_is_trained_on_is_refused(folder: Path, publish: Publish) -> None:
    write_mat(folder / "setid.mat", {"trnid": np.arange(1, 5), "valid": np.arange(5, 9), "tstid": np.arange(8, 11)})
    publish(folder)
    with pytest.raises(ConfigError, match=r"but these have .*image_00008.jpg 2 times"):
        check_dataset(config(folder))


@pytest.mark.parametrize("labels", [[0, 1], [1, 3], [1, 1], []])
def test_labels_that_are_not_1_to_their_number_are_refused(folder: Path, publish: Publish, labels: list[int]) -> None:
    write_mat(folder / "imagelabels.mat", {"labels": np.array(labels, np.uint8)})
    publish(folder)
    with pytest.raises(ConfigError, match="its labels must be 1, 2 and so on to the number of classes, at least 2"):
        check_dataset(config(folder))


@pytest.mark.parametrize(("part", "of"), [("trnid", "training"), ("tstid", "test")])
def test_a_part_without_images_is_refused(folder: Path, publish: Publish, part: str, of: str) -> None:
    parts = {"trnid": [1, 2], "valid": [], "tstid": [10]}
    write_mat(folder / "setid.mat", {name: np.array([] if name == part else ids) for name, ids in parts.items()})
    publish(folder)
    with pytest.raises(ConfigError, match=f"root: must list {of} images in"):
        check_dataset(config(folder))
