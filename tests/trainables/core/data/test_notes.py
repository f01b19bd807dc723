"""A user is told which files of a data set are left out, and which images are not upright."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trainables.core.data import load_dataset, notes
from trainables.core.data.notes import notes as notes_on
from trainables.core.settings.config import DatasetConfig

ORIENTATION = 0x0112


def save(path: Path, orientation: int | None = None) -> None:
    """An image whose upper left quarter alone is white."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4, :4] = 255
    image = Image.fromarray(pixels)
    exif = image.getexif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, exif=exif)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for part in ("train", "test"):
        for name in ("ant", "bee"):
            for number in range(3):
                save(tmp_path / part / name / f"{number}.png")
    return tmp_path


def config(root: Path, **settings: Any) -> DatasetConfig:
    return DatasetConfig("imagefolder", root=str(root), **settings)


def test_nothing_is_told_of_a_tidy_tree_and_of_other_data(tree: Path) -> None:
    (tree / "train/notes.txt").write_text("")
    (tree / "train/ant/Thumbs.db").write_text("")
    (tree / "train/ant/.hidden.png").write_text("")
    save(tree / "train/ant/3.png", orientation=1)
    assert notes(config(tree)) == ()
    assert notes(DatasetConfig("digits")) == ()


def test_files_that_look_like_images_and_are_left_out_are_counted_with_an_example(tree: Path) -> None:
    before = load_dataset(config(tree)).fingerprint
    for name in ("ant/more/1.png", "ant/more/deep/2.png", "bee/1.gif", "bee/2.GIF", "bee/3.jfif", "ant/4", "5.jpg"):
        (tree / "train" / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / "train" / name).write_text("")
    assert load_dataset(config(tree)).fingerprint == before
    (told,) = notes(config(tree))
    assert told.startswith("Not read: ")
    for part in (
        f"1 beside the class folders ({tree}/train/5.jpg)",
        f"1 without an ending ({tree}/train/ant/4)",
        f"2 in folders of a class folder ({tree}/train/ant/more/1.png)",
        f"2 that end in .gif ({tree}/train/bee/1.gif)",
        f"1 that end in .jfif ({tree}/train/bee/3.jfif)",
    ):
        assert part in told
    assert "Images are the files PART/CLASS/* that end in .bmp, .jpeg," in told


def test_the_validation_folder_is_looked_at_too(tree: Path) -> None:
    for name in ("ant", "bee"):
        save(tree / "dev" / name / "1.png")
        (tree / "dev" / name / "1.gif").write_text("")
    assert notes(config(tree)) == ()
    (told,) = notes(config(tree, val="dev"))
    assert told.startswith(f"Not read: 2 that end in .gif ({tree}/dev/ant/1.gif).")


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_images_with_an_orientation_are_told_and_turned_when_asked_to(tree: Path, ending: str) -> None:
    plain = load_dataset(config(tree)).fingerprint
    assert load_dataset(config(tree, upright=True)).fingerprint == plain, "where nothing is turned, nothing changes"
    save(tree / f"test/ant/0.{ending}", orientation=6)
    stored = load_dataset(config(tree))
    turned = load_dataset(config(tree, upright=True))
    place = [path.name for path in sorted((tree / "test/ant").iterdir())].index(f"0.{ending}")
    bright = [data.test.images[place, 0, [0, 0], [0, -1]] > 127 for data in (stored, turned)]
    assert [corners.tolist() for corners in bright] == [[True, False], [False, True]]
    number = sum(1 for path in tree.rglob("*") if path.is_file())
    assert notes(config(tree)) == (
        f"1 of {number} images have an EXIF orientation, which is not applied, so that they are not upright "
        f"({tree}/test/ant/0.{ending}): set dataset.upright to true to turn them.",
    )
    assert notes(config(tree, upright=True)) == ()


def test_tiff_files_are_upright_in_any_case(tree: Path) -> None:
    save(tree / "test/ant/3.tiff", orientation=6)
    assert notes(config(tree)) == ()
    assert load_dataset(config(tree)).test.images[3, 0, 0, -1] == 255


def test_the_images_of_a_table_are_looked_at_too(tree: Path) -> None:
    save(tree / "test/ant/0.jpg", orientation=3)
    with (tree / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "part"))
        for path in sorted([*tree.rglob("*.png"), *tree.rglob("*.jpg")]):
            part, label, _ = path.relative_to(tree).parts
            rows.writerow((path.relative_to(tree), label, part))
    of_table = DatasetConfig("table", root=str(tree), file="list.csv")
    (told,) = notes_on(of_table)
    assert told.startswith("1 of 13 images have an EXIF orientation")


def test_upright_false_is_the_same_config_as_none(tree: Path) -> None:
    assert config(tree, upright=False) == config(tree)
    assert "upright" not in config(tree, upright=False).to_dict()
