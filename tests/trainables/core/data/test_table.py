"""A table of images: its parts, and one line for each way in which it can be wrong."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from trainables.core.data import Dataset, check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

Rows = list[tuple[str, Any, str]]
SPLIT: Rows = [
    *[(f"pictures/{grey}.png", ("bee", "ant")[grey % 2], "train") for grey in range(8)],
    *[(f"pictures/{grey}.png", ("bee", "ant")[grey % 2], "test") for grey in (8, 9)],
]
"""The rows of a table without a validation part. The image N.png has the grey N."""
WHOLE: Rows = [*SPLIT, ("others/10.png", "bee", "val"), ("others/11.png", "ant", "val")]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RTS_SEARCH_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "root"
    for number in range(12):
        path = root / ("pictures" if number < 10 else "others") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
    return root


def write(root: Path, rows: Rows, name: str = "list.csv", columns: str = "path,label,part") -> Path:
    file = root / name
    file.write_text("\n".join([columns, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return file


def write_parquet(root: Path, rows: Rows) -> None:
    paths, labels, parts = zip(*rows, strict=True)
    table = pyarrow.table({"extra": list(range(len(rows))), "path": paths, "label": labels, "part": parts})
    parquet.write_table(table, root / "list.parquet")


def config(root: Path, file: str = "list.csv", **settings: Any) -> DatasetConfig:
    return DatasetConfig("table", root=str(root), file=file, **settings)


def load(root: Path, file: str = "list.csv", **settings: Any) -> Dataset:
    check_dataset(config(root, file, **settings))
    return load_dataset(config(root, file, **settings))


def greys(dataset: Dataset) -> dict[str, list[int]]:
    return {name: getattr(dataset, name).images[:, 0, 0, 0].tolist() for name in ("train", "val", "test")}


def refusal(root: Path, file: str = "list.csv", **settings: Any) -> str:
    """The one line with which the check refuses, before an image is decoded."""
    with pytest.raises(ConfigError) as caught:
        check_dataset(config(root, file, **settings))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_rows_become_parts_in_their_order_and_the_labels_classes(root: Path) -> None:
    write(root, WHOLE)
    data = load(root)
    assert greys(data) == {"train": list(range(8)), "val": [10, 11], "test": [8, 9]}
    assert data.classes == ("ant", "bee")
    assert data.train.labels.tolist() == [1, 0] * 4
    assert data.val.labels.tolist() == [1, 0]


def test_without_a_part_val_it_is_split_from_the_training_part(root: Path) -> None:
    write(root, SPLIT)
    data = load(root, val_fraction=0.25)
    assert [len(part) for part in greys(data).values()] == [6, 2, 2]
    assert sorted(greys(data)["train"] + greys(data)["val"]) == list(range(8))
    assert load(root).fingerprint == load(root, val_fraction=0.2).fingerprint


def test_num_train_draws_from_the_training_part_and_leaves_the_own_validation_part(root: Path) -> None:
    write(root, WHOLE)
    data = load(root, num_train=4, split_seed=3)
    assert np.bincount(data.train.labels).tolist() == [2, 2]
    assert greys(data)["val"] == [10, 11]


def test_parquet_and_csv_give_the_same_data(root: Path) -> None:
    write(root, WHOLE)
    write_parquet(root, WHOLE)
    assert load(root, "list.parquet").fingerprint == load(root).fingerprint
    numbered: Rows = [(path, int(label == "bee"), part) for path, label, part in WHOLE]
    write_parquet(root, numbered)
    assert load(root, "list.parquet").classes == ("0", "1")


def test_other_columns_a_byte_order_mark_and_quotes_are_read(root: Path) -> None:
    write(root, WHOLE)
    before = load(root).fingerprint
    lines = [f'{part},7,"{path}",{label}' for path, label, part in WHOLE]
    (root / "list.csv").write_text("\r\n".join(["part,weight,path,label", *lines]), encoding="utf-8-sig")
    assert load(root).fingerprint == before


def test_a_changed_table_and_a_changed_image_are_noticed(root: Path) -> None:
    write(root, WHOLE)
    before = load(root).fingerprint
    write(root, [*WHOLE[:7], ("pictures/7.png", "bee", "train"), *WHOLE[8:]])
    assert load(root).fingerprint != before
    write(root, WHOLE)
    Image.new("RGB", (4, 4), (99, 0, 0)).save(root / "pictures" / "9.png")
    assert greys(load(root))["test"] == [8, 99]


def test_images_are_resized(root: Path) -> None:
    Image.new("RGB", (6, 5)).save(root / "pictures" / "0.png")
    write(root, WHOLE)
    assert load(root, image_size=3).val.images.shape == (2, 3, 3, 3)


USE = "file: must be a table of path, label, part that can be used "
ROWS: dict[str, tuple[Rows, str]] = {
    "part": ([*SPLIT, ("a.png", "ant", "valid")], "line 12 has the part 'valid', which is none of train, val, test"),
    "no part": ([*SPLIT, ("a.png", "ant", "")], "line 12 has no text in part"),
    "no label": ([("pictures/0.png", "", "train"), *SPLIT], "line 2 has no text or a whole number in label"),
    "missing": ([*SPLIT, ("a/b.png", "ant", "val")], "line 12 names a/b.png, which is not in ROOT"),
    "missing in a folder": ([*SPLIT, ("others/9.png", "ant", "val")], "line 12 names others/9.png, which is not in "),
    "absolute": ([*SPLIT, ("/etc/a.png", "ant", "val")], "line 12 has the path '/etc/a.png', which is not relative"),
    "outside": ([*SPLIT, ("../a.png", "ant", "val")], "line 12 has the path '../a.png', which is not relative"),
    "twice": ([*SPLIT, ("pictures/./3.png", "ant", "val")], "line 12 has the image of line 5 again, pictures/./3.png"),
    "label": ([*SPLIT, ("others/10.png", "cat", "val")], "line 12 has the label 'cat', which the part train has not"),
    "no test": (SPLIT[:8], "no row has the part test"),
    "no train": (SPLIT[8:], "no row has the part train"),
    "one class": ([*SPLIT[:8:2], *SPLIT[8:9]], "the part train has 1 label ('bee') and needs 2 or more"),
    "too few columns": ([*SPLIT, ("others/10.png", "ant")], "line 12 has no text in part"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("wrong", ROWS)
def test_a_wrong_row_is_named_with_its_line(root: Path, wrong: str) -> None:
    rows, told = ROWS[wrong]
    write(root, rows)
    assert refusal(root).startswith(f"{USE}({told.replace('ROOT', str(root))}")
    assert refusal(root).endswith("but got 'list.csv'")


def test_a_wrong_row_of_a_parquet_file_is_named_with_its_number(root: Path) -> None:
    for rows, told in (
        ([*SPLIT, (None, "ant", "val")], "row 11 has no text in path"),
        ([*SPLIT[:-1], ("others/10.png", None, "test")], "row 10 has no text or a whole number in label"),
    ):
        write_parquet(root, rows)  # type: ignore[arg-type]
        assert refusal(root, "list.parquet").startswith(f"{USE}({told})")
    write_parquet(root, [(path, 0.5, part) for path, _, part in SPLIT])
    assert refusal(root, "list.parquet").startswith(f"{USE}(row 1 has no text or a whole number in label)")


def test_a_file_that_is_no_table_is_refused(root: Path) -> None:
    write(root, SPLIT, columns="path,class,part")
    assert refusal(root).startswith(f"{USE}(it has no column label)")
    (root / "list.csv").write_bytes(b"path,label,part\n\xff\xfe")
    assert refusal(root).startswith(f"{USE}('utf-8' codec can't decode")
    (root / "list.csv").write_text('path,label,part\n"a')
    assert refusal(root).startswith(f"{USE}(unexpected end of data)")
    (root / "list.csv").write_text("")
    assert refusal(root).startswith(f"{USE}(it has no column path)")
    (root / "list.parquet").write_bytes(b"no table")
    assert refusal(root, "list.parquet").startswith(f"{USE}(Parquet")


def test_the_file_is_one_in_root(root: Path, tmp_path: Path) -> None:
    write(tmp_path, SPLIT)
    for file, told in (
        ("../list.csv", "must be a path relative to root, inside of it"),
        (f"{tmp_path}/list.csv", "must be a path relative to root, inside of it"),
        ("", "must be a path relative to root, inside of it"),
        ("a\0.csv", "must be a path relative to root, inside of it"),
        ("list.txt", "must end in .csv or .parquet"),
        ("list.csv", f"must be a file in root ({root})"),
    ):
        assert refusal(root, file) == f"file: {told}, but got {file!r}"
    with pytest.raises(ConfigError, match="file: is needed by table: name its CSV or Parquet file, relative to root"):
        check_dataset(DatasetConfig("table", root=str(root)))
    with pytest.raises(ConfigError, match="file: is not used by digits: leave it out"):
        check_dataset(DatasetConfig("digits", file="list.csv"))


def test_settings_of_the_split_are_refused_beside_a_part_val(root: Path) -> None:
    write(root, WHOLE)
    own = "must be left out: the data have a validation part of their own"
    assert refusal(root, val_fraction=0.2) == f"val_fraction: {own}, but got 0.2"
    assert refusal(root, split_seed=1).startswith(f"split_seed: {own}, and no num_train draws ")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.symlink_to("nowhere.png"), "a link to nothing"),
        (lambda path: path.symlink_to(path.name), "a link that leads back to itself"),
        (os.mkfifo, "a named pipe"),
        (Path.mkdir, "a folder"),
    ],
)
def test_only_regular_files_are_opened(root: Path, make: Callable[[Path], object], kind: str) -> None:
    write(root, SPLIT)
    image, table = root / "pictures" / "9.png", root / "list.csv"
    image.unlink()
    make(image)
    assert refusal(root).startswith(f"{USE}(line 11 names pictures/9.png, which is {kind})")
    table.unlink()
    make(table)
    assert refusal(root) == f"file: must be a file in root ({root}), and is {kind}, but got 'list.csv'"
