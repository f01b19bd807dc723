import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.trainables.core.data.image_trees import config, load, save, two_classes
from trainables.core.data import check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return two_classes(tmp_path)


def greys(images: Any) -> list[int]:
    return sorted(images[:, 0, 5, 5].tolist())


def test_folders_become_classes_and_their_images_parts(tree: Path) -> None:
    check_dataset(config(tree))
    data = load(tree, val_fraction=0.25)
    assert data.classes == ("ant", "bee")
    assert data.train.images.shape == (6, 3, 9, 9)
    assert greys(np.concatenate([data.train.images, data.val.images])) == [0, 10, 20, 30, 100, 110, 120, 130]
    assert greys(data.test.images) == [1, 101]
    assert (data.test.images[:, 0, 5, 5] >= 100).tolist() == [label == 1 for label in data.test.labels]
    assert data.test.images[0, :, 0, 0].tolist() == [255, 0, 0]


def test_the_test_folder_may_be_called_val_as_in_imagenet(tree: Path) -> None:
    before = load(tree).fingerprint
    (tree / "test").rename(tree / "val")
    check_dataset(config(tree))
    assert load(tree).fingerprint == before
    shutil.copytree(tree / "val/bee", tree / "val/cat")
    with pytest.raises(ConfigError, match="same class folders in train and val: val has cat, train does not"):
        load(tree)


def test_a_folder_test_counts_before_a_folder_val(tree: Path) -> None:
    before = load(tree).fingerprint
    (tree / "val").mkdir()
    assert load(tree).fingerprint == before


@pytest.mark.parametrize("name", ["val", "dev"])
def test_a_folder_of_ones_own_is_the_validation_part(tree: Path, name: str) -> None:
    for grey, label in ((50, "ant"), (150, "bee"), (160, "bee")):
        (tree / name / label).mkdir(parents=True, exist_ok=True)
        save(tree / name / label / f"{grey}.png", colour=grey)
    check_dataset(config(tree, val=name))
    data = load(tree, val=name)
    assert data.train.images[:, 0, 5, 5].tolist() == [0, 10, 20, 30, 100, 110, 120, 130]
    assert data.val.images[:, 0, 5, 5].tolist() == [50, 150, 160]
    assert data.val.labels.tolist() == [0, 1, 1]
    assert greys(data.test.images) == [1, 101]
    assert np.bincount(load(tree, val=name, num_train=2, split_seed=1).train.labels).tolist() == [1, 1]
    save(tree / name / "ant" / "50.png", colour=51)
    assert greys(load(tree, val=name).val.images) == [51, 150, 160], "a change is noticed"


def test_with_a_validation_folder_the_test_folder_may_still_be_called_val(tree: Path) -> None:
    shutil.copytree(tree / "test", tree / "dev")
    (tree / "test").rename(tree / "val")
    assert greys(load(tree, val="dev").test.images) == [1, 101]


def test_a_validation_folder_has_the_classes_of_the_training_part(tree: Path) -> None:
    shutil.copytree(tree / "test", tree / "dev")
    check_dataset(config(tree, val="dev"))
    (tree / "dev/bee").rename(tree / "dev/cat")
    with pytest.raises(ConfigError, match=r"root: must hold the same class .* and dev: train has bee, dev does not"):
        check_dataset(config(tree, val="dev"))
    shutil.rmtree(tree / "dev/cat")
    with pytest.raises(ConfigError, match=r"root: must hold 2 or more class folders, but .*/dev has 1$"):
        check_dataset(config(tree, val="dev"))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("train", "must be another folder than that of the training part"),
        ("test", "must be another folder than that of the test part"),
        ("dev", "must be a folder in root .* with a folder for each class"),
        ("train/ant", "must be the name of a folder in root"),
        ("..", "must be the name of a folder in root"),
        ("/tmp", "must be the name of a folder in root"),
        ("", "must be the name of a folder in root"),
    ],
)
def test_a_validation_folder_that_is_none_is_refused(tree: Path, name: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=f"val: {rule}, but got '{name}'"):
        check_dataset(config(tree, val=name))


def test_val_and_settings_of_the_split_are_refused_together(tree: Path) -> None:
    own = "must be left out: the data have a validation part of their own"
    with pytest.raises(ConfigError, match=f"val_fraction: {own}, but got 0.2"):
        config(tree, val="dev", val_fraction=0.2)
    with pytest.raises(ConfigError, match=f"split_seed: {own}, and no num_train draws .*, but got 1"):
        config(tree, val="dev", split_seed=1)
    with pytest.raises(ConfigError, match="val: is not used by digits: leave it out, but got 'dev'"):
        check_dataset(DatasetConfig("digits", val="dev"))


def test_the_fingerprint_follows_the_content_and_not_the_place(tree: Path, tmp_path_factory: Any) -> None:
    moved = tmp_path_factory.mktemp("moved") / "copy"
    shutil.copytree(tree, moved)
    before = load(tree).fingerprint
    assert load(moved).fingerprint == before
    save(moved / "train/ant/0.png", colour=1)
    assert load(moved).fingerprint != before


def test_hidden_files_and_other_files_are_no_images(tree: Path) -> None:
    before = load(tree).fingerprint
    for name in (".0.png", "notes.txt", "Thumbs.db"):
        (tree / "train/ant" / name).write_text("no image")
    (tree / "train/.cache").mkdir()
    (tree / "train/list.csv").write_text("")
    assert load(tree).fingerprint == before


@pytest.mark.parametrize(("name", "mode"), [("9.JPG", "RGB"), ("9.jpeg", "L"), ("9.png", "P"), ("9.webp", "RGBA")])
def test_every_kind_of_image_is_read_as_rgb(tree: Path, name: str, mode: str) -> None:
    before = len(load(tree).train.labels) + len(load(tree).val.labels)
    save(tree / "train/ant" / name, colour=50, mode=mode)
    data = load(tree)
    images = np.concatenate([data.train.images, data.val.images])
    assert len(images) == before + 1
    assert np.abs(images[:, :, 5, 5].astype(int) - 50).max(axis=1).min() <= 4  # JPEG is not exact


def test_image_size_resizes_every_image(tree: Path) -> None:
    save(tree / "train/ant/0.png", size=(12, 7))
    data = load(tree, image_size=5)
    assert data.train.images.shape[1:] == (3, 5, 5)
    with Image.open(tree / "test/bee/0.png") as image:
        expected = np.asarray(image.resize((5, 5), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert np.array_equal(data.test.images[1], expected)


def test_large_images_are_read_by_several_threads_in_the_same_order(tree: Path) -> None:
    for index in range(600):
        save(tree / f"train/ant/{index:03}.png", size=(128, 128), colour=index % 200)
    data = load(tree, image_size=8)
    assert greys(np.concatenate([data.train.images, data.val.images]))[:4] == [0, 0, 0, 0]
    assert load(tree, image_size=8).fingerprint == data.fingerprint


def test_images_of_different_sizes_are_refused_with_the_odd_one(tree: Path) -> None:
    save(tree / "train/bee/2.png", size=(9, 8))
    with pytest.raises(ConfigError, match=r"image_size: must be set, .*bee/2.png is 9 x 8 pixels and others 9 x 9"):
        load(tree)


def test_images_that_are_not_square_are_refused(tree: Path) -> None:
    save(tree / "train/ant/0.png", size=(9, 8))
    with pytest.raises(ConfigError, match=r"image_size: must be set, because images are not square: .*ant/0.png"):
        load(tree)


@pytest.mark.parametrize("damage", ["text", "truncated", "empty"])
def test_a_damaged_image_is_named(tree: Path, damage: str) -> None:
    path = tree / "test/ant/0.png"
    whole = path.read_bytes()
    path.write_bytes({"text": b"no image", "truncated": whole[: len(whole) // 2], "empty": b""}[damage])
    check_dataset(config(tree))  # which decodes nothing
    with pytest.raises(ConfigError, match=r"root: must hold images that can be read, but .*test/ant/0.png cannot"):
        load(tree)


def test_a_class_needs_an_image_for_each_of_training_and_validation(tree: Path) -> None:
    for index in (3, 2):
        (tree / f"train/bee/{index}.png").unlink()
    assert np.bincount(load(tree).val.labels).tolist() == [1, 1]
    (tree / "train/bee/1.png").unlink()
    with pytest.raises(ConfigError, match=r"val_fraction: needs 2 or more training images .* class bee has 1"):
        load(tree)


def break_tree(root: Path, what: str) -> None:
    if what == "missing":
        shutil.rmtree(root)
    elif what == "file":
        shutil.rmtree(root)
        root.write_text("")
    elif what == "empty":
        shutil.rmtree(root)
        root.mkdir()
    elif what == "no test":
        shutil.rmtree(root / "test")
    elif what == "no classes":
        shutil.rmtree(root / "train")
        (root / "train").mkdir()
    elif what == "one class":
        shutil.rmtree(root / "train/bee")
    elif what == "no images":
        for path in (root / "train/bee").iterdir():
            path.unlink()
    elif what == "test lacks a class":
        shutil.copytree(root / "train/bee", root / "train/cat")
    else:
        shutil.copytree(root / "test/bee", root / "test/cat")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", "must be an existing folder with train/CLASS"),
        ("file", "must be an existing folder with train/CLASS"),
        ("empty", "must hold a folder train with a folder for each class"),
        ("no test", "must hold a folder test .or val. with a folder for each class"),
        ("no classes", "must hold 2 or more class folders, but .*/train has 0$"),
        ("one class", "must hold 2 or more class folders, but .*/train has 1$"),
        ("no images", "must hold images in every class folder, but .*/train/bee has none"),
        ("test lacks a class", "must hold the same class folders in train and test: train has cat, test does not"),
        ("train lacks a class", "must hold the same class folders in train and test: test has cat, train does not"),
    ],
)
def test_a_folder_that_is_no_data_set_is_refused_before_decoding(tree: Path, what: str, message: str) -> None:
    break_tree(tree, what)
    for use in (check_dataset, load_dataset):
        with pytest.raises(ConfigError, match=f"root: {message}") as caught:
            use(config(tree))
        assert str(tree) in str(caught.value)


def test_the_tree_of_imagenet_is_read_whatever_its_jpeg_files_are_inside(tmp_path: Path) -> None:
    for wnid in ("n01440764", "n01443537"):
        for folder in (tmp_path / "train" / wnid, tmp_path / "val" / wnid):
            folder.mkdir(parents=True)
        for index in range(3):
            save(tmp_path / f"train/{wnid}/{wnid}_{index}.JPEG")
        save(tmp_path / f"val/{wnid}/ILSVRC2012_val_0000000{wnid[-1]}.JPEG")
    pixels = Image.new("RGB", (9, 9))
    pixels.convert("CMYK").save(tmp_path / "train/n01440764/n01440764_0.JPEG", "JPEG")  # it has 22 of these
    pixels.save(tmp_path / "train/n01443537/n01443537_0.JPEG", "PNG")  # and one of these
    data = load(tmp_path, image_size=4)
    assert data.classes == ("n01440764", "n01443537")
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [4, 2, 2]


def test_a_test_part_is_split_from_classes_in_root_or_in_train_and_its_seed_counts(tree: Path) -> None:
    shutil.rmtree(tree / "test")
    settings = {"test_fraction": 0.25, "val_fraction": 0.34}
    check_dataset(config(tree, **settings))
    data = load(tree, **settings)
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [4, 2, 2]
    assert data.test.labels.tolist() == [0, 1]
    parts = [part.images for part in (data.train, data.val, data.test)]
    assert greys(np.concatenate(parts)) == [0, 10, 20, 30, 100, 110, 120, 130]
    other = load(tree, split_seed=3, **settings)
    assert greys(other.test.images) != greys(data.test.images)
    assert other.fingerprint != data.fingerprint
    for label in ("ant", "bee"):
        (tree / "train" / label).rename(tree / label)
    (tree / "train").rmdir()
    assert load(tree, **settings).fingerprint == data.fingerprint


def test_num_train_shrinks_validation_and_test_part_that_were_split_too(tmp_path: Path) -> None:
    for label in ("ant", "bee"):
        for grey in range(40):
            (tmp_path / label).mkdir(exist_ok=True)
            save(tmp_path / label / f"{grey}.png", colour=grey)
    settings: dict[str, Any] = {"test_fraction": 0.25, "val_fraction": 0.2}
    whole, part = load(tmp_path, **settings), load(tmp_path, num_train=12, **settings)
    assert [len(one.labels) for one in (whole.train, whole.val, whole.test)] == [48, 12, 20]
    assert [len(one.labels) for one in (part.train, part.val, part.test)] == [12, 3, 5]
    assert set(greys(part.test.images)) <= set(greys(whole.test.images))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_fraction": 1.0}, "test_fraction: must be in .0, 1."),
        ({"test_fraction": 0.2}, "test_fraction: must be left out: the data have a test part of their own, .*test"),
        ({"name": "digits", "root": None, "test_fraction": 0.2}, "test_fraction: is not used by digits"),
    ],
)
def test_a_split_of_a_test_part_that_is_not_needed_is_refused(
    tree: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_dataset(DatasetConfig(**{"name": "imagefolder", "root": str(tree), **settings}))
