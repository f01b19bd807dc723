"""Behaviour that all data sets with lists of their images share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.trainables.core.data.archives import ARCHIVES
from trainables.core.data import check_dataset, flowers102, load_dataset, stanford_cars, stanford_dogs, tiny_imagenet
from trainables.core.data.listing import plain_name, read_columns, whole_numbers
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

MODULES: dict[str, Any] = {
    "tiny_imagenet": tiny_imagenet,
    "flowers102": flowers102,
    "stanford_cars": stanford_cars,
    "stanford_dogs": stanford_dogs,
}
Publish = Callable[[Path], None]


@pytest.fixture(params=ARCHIVES)
def archive(request: pytest.FixtureRequest, tmp_path: Path, publish: Publish) -> tuple[str, Path]:
    """Name of a data set and its folder."""
    folder = ARCHIVES[request.param](tmp_path)
    publish(folder)
    return request.param, folder


def config(archive: tuple[str, Path], **settings: Any) -> DatasetConfig:
    name, folder = archive
    return DatasetConfig(name, root=str(folder.parent), **{"image_size": 8, **settings})


def refusal(archive: tuple[str, Path]) -> str:
    """Return the line of the error, which must be the same when checking and when loading."""
    lines = set()
    for use in (check_dataset, load_dataset):
        with pytest.raises(ConfigError) as caught:
            use(config(archive))
        lines.add(str(caught.value))
    (line,) = lines
    assert "\n" not in line
    return line


def test_an_archive_is_loaded_and_resized(archive: tuple[str, Path]) -> None:
    check_dataset(config(archive))
    data = load_dataset(config(archive))
    assert data.train.images.shape[1:] == (3, 8, 8)
    for part in (data.train, data.val, data.test):
        assert set(part.labels.tolist()) == {0, 1}


def test_no_image_is_decoded_by_the_check(archive: tuple[str, Path]) -> None:
    name, _ = archive
    path = MODULES[name].listing(config(archive)).files[-1]
    path.write_bytes(b"no image")
    check_dataset(config(archive))
    with pytest.raises(ConfigError, match=f"root: must hold images that can be read, but .*{path.name} cannot"):
        load_dataset(config(archive))


def test_the_files_are_all_that_count(archive: tuple[str, Path]) -> None:
    name, folder = archive
    found = MODULES[name].listing(config(archive)).files
    assert len(found) == len(set(found))
    unused = {"words.txt", "test_0.JPEG", "test_100.JPEG"}
    assert {path.name for path in folder.parent.rglob("*") if path.is_file()} - unused == {path.name for path in found}
    assert all(path.is_file() for path in found)


def test_every_file_that_is_missing_is_named(archive: tuple[str, Path]) -> None:
    name, folder = archive
    for path in MODULES[name].listing(config(archive)).files:
        whole = path.read_bytes()
        path.unlink()
        place = path.relative_to(folder.parent)
        assert refusal(archive).startswith(f"root: must hold {place}: unpack the published archive there, but got")
        path.write_bytes(whole)


def test_an_image_in_no_list_is_refused(archive: tuple[str, Path]) -> None:
    name, _ = archive
    path = MODULES[name].listing(config(archive)).files[-1]
    for harmless in (".hidden.jpg", "Thumbs.db"):
        path.with_name(harmless).write_bytes(b"")
    check_dataset(config(archive))
    path.with_name("more.jpg").write_bytes(b"")
    assert f"must hold the published lists, but {path.with_name('more.jpg')} is in none: unpack" in refusal(archive)


def test_every_list_that_is_damaged_is_named(archive: tuple[str, Path], publish: Publish) -> None:
    name, folder = archive
    for path in MODULES[name].listing(config(archive)).lists:
        whole = path.read_bytes()
        for damage in (whole[: len(whole) // 3], b"<html>not found</html>", b"\xff\xfe" * 90, b""):
            path.write_bytes(damage)
            publish(folder)
            assert refusal(archive).startswith(f"root: must hold the published files, but {path} cannot be used (")
        path.write_bytes(whole)


def test_a_root_that_is_none_is_refused(archive: tuple[str, Path], tmp_path: Path) -> None:
    name, folder = archive
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "elsewhere", tmp_path / "file", folder, Path("a\0b")):
        with pytest.raises(ConfigError, match=r"root: must hold .*: unpack the published archive there"):
            check_dataset(DatasetConfig(name, root=str(root)))


def test_images_of_many_sizes_need_an_image_size(archive: tuple[str, Path]) -> None:
    name, _ = archive
    path = MODULES[name].listing(config(archive)).train.paths[-1]
    Image.new("RGB", (20, 30)).save(path, "JPEG")
    with pytest.raises(ConfigError, match="image_size: must be set"):
        load_dataset(config(archive, image_size=None))


@pytest.mark.parametrize("name", ["image_00001.jpg", "..jpg", "a b.jpg", "ä.jpg"])
def test_a_name_in_its_own_folder_is_plain(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../1.jpg", "/etc/passwd", "a/1.jpg", "a\\1.jpg", "1\n.jpg", "\0", 1, None]
)
def test_any_other_name_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="is not a file name"):
        plain_name(name)


def test_columns_are_those_between_tabs(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a\tb c\r\n1\t\n")
    assert read_columns(path, 2) == [["a", "b c"], ["1", ""]]
    with pytest.raises(ValueError, match="line 1 has 2 columns and not 3"):
        read_columns(path, 3)


def test_doubles_may_be_whole_numbers() -> None:
    assert whole_numbers({"ids": np.array([1.0, -3.0])}, "ids").tolist() == [1, -3]
    assert whole_numbers({"ids": np.array([2**31 - 1], np.uint64)}, "ids").tolist() == [2**31 - 1]


@pytest.mark.parametrize(
    "odd", [np.array([1.5]), np.array([np.nan]), np.array([np.inf]), np.array([-(2**31)]), "1", [1], None]
)
def test_anything_else_is_no_whole_number(odd: object) -> None:
    for values in ({"ids": odd}, {}):
        with pytest.raises(ValueError, match="its ids must be whole numbers"):
            whole_numbers(values, "ids")


def test_only_regular_files_are_opened(archive: tuple[str, Path]) -> None:
    name, _ = archive
    for path in (MODULES[name].listing(config(archive)).files[place] for place in (0, -1)):
        kept = path.read_bytes()
        for make, kind in ((os.mkfifo, "a named pipe"), (lambda link: link.symlink_to("none"), "a link to nothing")):
            path.unlink()
            make(path)  # type: ignore[no-untyped-call]
            told = f"root: must hold {path} as a file, but it is {kind}: unpack the published archive again"
            assert refusal(archive) == told
        path.unlink()
        path.write_bytes(kept)
