"""Whatever stands in the place of a file of the store counts as damaged, is listed as such, and is written over."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from tests.trainables.core.history.test_store import EPOCH
from tests.trainables.core.odd_files import ODD_FILES
from trainables.core.history.sealing import DamagedError
from trainables.core.history.store import Store

WAYS = [*ODD_FILES, "a link to nothing"]


def put_odd(store: Path, kind: str, odd: str) -> Path:
    """A store whose record or state is something else."""
    path = store / "ab" / "ab12" / f"machine.{kind}"
    path.parent.mkdir(parents=True)
    ODD_FILES.get(odd, lambda path: path.symlink_to("nothing"))(path)
    return path


@pytest.mark.parametrize("odd", ODD_FILES)
def test_an_odd_file_in_the_place_of_a_record_or_a_state_is_damaged_and_not_missing(tmp_path: Path, odd: str) -> None:
    store = Store(str(tmp_path))
    put_odd(tmp_path, "epoch", odd)
    with pytest.raises(DamagedError, match=r"machine\.epoch: "):
        store.read("ab12", "machine")
    assert store.epoch("ab12", "machine") is None
    assert store.epochs("ab12") == []
    shutil.rmtree(tmp_path / "ab")
    put_odd(tmp_path, "state", odd)
    with pytest.raises(DamagedError, match=r"machine\.state: "):
        store.state("ab12", "machine", 10**9)


@pytest.mark.parametrize("kind", ["epoch", "state"])
@pytest.mark.parametrize("odd", WAYS)
def test_an_odd_file_is_named_by_a_check_and_can_be_removed(tmp_path: Path, odd: str, kind: str) -> None:
    store, path = Store(str(tmp_path)), put_odd(tmp_path, kind, odd)
    (file,) = store.files()
    assert (file.kind, file.address) == (kind, ("ab12", "machine"))
    with pytest.raises(DamagedError, match=rf"{path.name}: [a-zA-Z]"):
        store.check(file)
    store.remove(file)
    assert list(store.files()) == []
    assert not path.is_symlink()


@pytest.mark.parametrize("odd", [odd for odd in WAYS if odd != "a folder"])
def test_a_record_is_written_in_the_place_of_an_odd_file(tmp_path: Path, odd: str) -> None:
    store, path = Store(str(tmp_path)), put_odd(tmp_path, "epoch", odd)
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH
    assert not path.is_symlink()


def test_a_folder_in_the_place_of_a_record_is_moved_aside_with_what_it_holds(tmp_path: Path) -> None:
    store, path = Store(str(tmp_path)), put_odd(tmp_path, "epoch", "a folder")
    (path / "notes.txt").write_text("mine")
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH
    assert [file.path for file in store.files()] == [str(path)]
    (aside,) = path.parent.glob(".*.odd")
    assert aside.name.startswith(f".{path.name}.")
    assert (aside / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_moved_is_told_when_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, path = Store(str(tmp_path)), put_odd(tmp_path, "epoch", "a folder")
    monkeypatch.setattr(Path, "rename", no_rename)
    with pytest.raises(OSError, match=f"Is a directory, but a file must be here: '{path}'"):
        store.put_epoch(EPOCH)
    assert [file.name for file in path.parent.iterdir()] == [path.name], "no partial file is left"


def no_rename(path: Path, target: Path) -> None:
    """A mount point, which the system does not rename."""
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path), None, str(target))


@pytest.mark.parametrize("odd", [odd for odd in WAYS if odd != "a folder"])
def test_a_record_is_written_where_nothing_is_a_folder(tmp_path: Path, odd: str) -> None:
    store, file = Store(str(tmp_path)), tmp_path / "ab"
    ODD_FILES.get(odd, lambda path: path.symlink_to("nothing"))(file)
    assert store.epochs("ab12") == []
    assert store.state_written("ab12", "machine") is None
    assert not store.has_state("ab12", "machine")
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH
    (aside,) = tmp_path.glob(".ab.*.odd")
    assert os.path.lexists(aside)


def test_what_stands_in_the_place_of_the_whole_store_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(OSError, match=f", but a folder must be here: '{tmp_path / 'store'}'"):
        Store(str(tmp_path / "store")).put_epoch(EPOCH)
    assert [file.name for file in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize("place", ["ab", "ab/ab12"])
def test_a_file_in_the_place_of_a_folder_is_named_and_nothing_is_found_there(tmp_path: Path, place: str) -> None:
    store, file = Store(str(tmp_path)), tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.touch()
    (found,) = store.files()
    assert (found.kind, found.path) == ("folder", str(file))
    with pytest.raises(DamagedError, match=rf"{file}: is no folder"):
        store.check(found)
    assert store.epochs("ab12") == []
    assert not store.has_state("ab12", "machine")
    assert store.state_written("ab12", "machine") is None
    store.remove(found)
    store.put_epoch(EPOCH)
    assert store.epoch("ab12", "machine") == EPOCH


def test_other_peoples_files_in_the_store_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    for name in ("README", "ab", ".nfs0001", "claims/notes.txt"):
        path = tmp_path / name
        path.mkdir() if name == "ab" else path.touch()
    (tmp_path / "ab" / "notes.txt").touch()
    (tmp_path / "ab" / "ab12").mkdir()
    (tmp_path / "ab" / "ab12" / "folder").mkdir()
    assert list(Store(str(tmp_path)).files()) == []
