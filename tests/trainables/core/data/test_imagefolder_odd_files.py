"""Only regular files of an imagefolder are opened; whatever else is there is named in one line."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.trainables.core.data.image_trees import config, load, two_classes
from trainables.core.data import check_dataset, load_dataset
from trainables.core.data.cache import cached
from trainables.core.data.decode import image_files
from trainables.core.settings.section import ConfigError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return two_classes(tmp_path)


ODD_FILES: dict[str, Callable[[Path], object]] = {
    "a link to nothing": lambda path: path.symlink_to("/nowhere.png"),
    "a link that leads back to itself": lambda path: path.symlink_to(path.name),
    "a named pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", ODD_FILES)
@pytest.mark.parametrize("part", ["train", "test", "dev"])
def test_only_regular_files_are_opened(tree: Path, part: str, kind: str) -> None:
    shutil.copytree(tree / "test", tree / "dev")
    odd = tree / part / "bee" / "z.png"
    ODD_FILES[kind](odd)
    for use in (check_dataset, load_dataset):
        with pytest.raises(ConfigError, match=f"root: must hold images .* read, but {odd} is {kind}: replace it or re"):
            use(config(tree, val="dev"))
    odd.rename(odd.with_suffix(".txt"))
    load(tree, val="dev")


def test_a_file_that_is_replaced_after_the_check_is_not_opened(tree: Path) -> None:
    odd = tree / "train" / "bee" / "0.png"
    odd.unlink()
    os.mkfifo(odd)
    with pytest.raises(ConfigError, match=f"root: must hold .* read, but {odd} cannot .it is a named pipe.: replace"):
        image_files(config(tree), [odd], np.zeros(1, np.int64))
    with pytest.raises(ConfigError, match=r"root: must hold files that can be read, but .*/gone cannot .No such file"):
        cached(config(tree), [tree / "gone"], lambda _: pytest.fail("not built"))


@pytest.mark.parametrize("kind", ["a link to nothing", "a link that leads back to itself"])
def test_a_class_folder_that_cannot_be_seen_is_named(tree: Path, kind: str) -> None:
    odd = tree / "train" / "loop"
    ODD_FILES[kind](odd)
    with pytest.raises(ConfigError, match=f"root: must hold class folders, but {odd} is {kind}: replace it or remove"):
        check_dataset(config(tree))


def test_links_to_files_and_folders_are_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before, elsewhere = load(tree).fingerprint, tmp_path_factory.mktemp("disk")
    (tree / "train" / "bee").rename(elsewhere / "bee")
    (tree / "train" / "bee").symlink_to(elsewhere / "bee")
    (tree / "test" / "ant" / "0.png").rename(elsewhere / "image")
    (tree / "test" / "ant" / "0.png").symlink_to(elsewhere / "image")
    assert load(tree).fingerprint == before


@pytest.mark.parametrize("kind", ["a link to nothing", "a link that leads back to itself"])
@pytest.mark.parametrize("place", [".", "train", "test"])
def test_a_folder_of_a_part_that_is_an_odd_link_is_named(tree: Path, place: str, kind: str) -> None:
    root = Path(shutil.copytree(tree, tree / "copy"))
    folder = Path(os.path.normpath(root / place))
    shutil.rmtree(folder)
    ODD_FILES[kind](folder)
    with pytest.raises(ConfigError, match=rf"root: must (be|hold) .*\({folder} is {kind}\)"):
        check_dataset(config(root))


@contextlib.contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """A context in which the folder may not be read; the super user, who may read all, becomes nobody."""
    mode, user = folder.stat().st_mode, os.geteuid()
    folder.chmod(0o000)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("train/bee", "must hold folders that can be read, but .*train/bee cannot .Permission denied."),
        ("train", "must hold folders that can be read, but .*train cannot .Permission denied."),
        (".", "must hold a folder train .* is not accessible .Permission denied.."),
    ],
)
def test_a_folder_that_may_not_be_read_is_named(tree: Path, place: str, rule: str) -> None:
    with tempfile.TemporaryDirectory() as public:  # pytest's own folders are closed to other users
        Path(public).chmod(0o755)
        root = shutil.copytree(tree, Path(public, "tree"))
        root.chmod(0o755)
        with without_rights(root / place), pytest.raises(ConfigError, match=f"root: {rule}"):
            check_dataset(config(root))


def test_names_that_are_no_utf8_are_read(tree: Path) -> None:
    before = load(tree)
    os.rename(bytes(tree / "train" / "bee" / "3.png"), bytes(tree / "train" / "bee") + b"/3\xff.png")  # noqa: PTH104
    assert load(tree).fingerprint == before.fingerprint
    for part in (b"/train/", b"/test/"):
        os.rename(bytes(tree) + part + b"bee", bytes(tree) + part + b"bee\xff")  # noqa: PTH104
    assert load(tree).classes == ("ant", "bee\udcff")
