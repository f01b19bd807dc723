"""The private folder of a local Ray: where it is made, who can enter it, and that nothing else is ever removed."""

import os
import socket
import stat
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.running.executors import ray_folder
from rts_search.running.executors.ray_folder import LONGEST_SOCKET, SOCKET, TOKEN, private_folder


@pytest.fixture(autouse=True)
def _no_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("RAY_TMPDIR", "TMPDIR"):
        monkeypatch.delenv(variable, raising=False)


def test_only_this_user_can_enter_the_folder_which_is_removed_at_the_end() -> None:
    with private_folder() as folder, private_folder() as other:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / TOKEN).stat().st_mode) == 0o600
        assert (folder / TOKEN).read_text() != (other / TOKEN).read_text()
        (folder / "full").mkdir()
        (folder / "full" / "file").touch()
    assert not folder.exists()


def test_the_longest_socket_of_ray_can_be_bound_in_a_folder_of_the_longest_path() -> None:
    with private_folder() as short:
        longest = LONGEST_SOCKET - len(f"/rts-ray-00000000/{SOCKET}")
        assert len(str(short)) <= longest + len("/rts-ray-00000000")
        place = short / SOCKET
        place.parent.mkdir(parents=True)
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(place))


@pytest.mark.parametrize("name", ["a" * 60, "\u00fc", "with space"])
def test_a_folder_of_the_user_with_a_path_that_ray_cannot_use_is_passed_over(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / name))
    monkeypatch.setenv("RAY_TMPDIR", "/proc/nothing")
    with private_folder() as folder:
        assert str(folder.parent) in ray_folder.SYSTEM_FOLDERS
    assert list((tmp_path / name).iterdir()) == []


def test_a_short_folder_of_the_user_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/dev/shm")
    with private_folder() as folder:
        assert folder.parent == Path("/dev/shm")


def test_where_no_folder_can_be_used_one_line_names_each_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_folder, "SYSTEM_FOLDERS", ("/proc", "/dev/shm/none"))
    monkeypatch.setenv("TMPDIR", "relative")
    with pytest.raises(UserError) as refused, private_folder():
        pass
    (line,) = str(refused.value).splitlines()
    assert "TMPDIR=relative (its path must begin with /" in line
    assert "/proc (" in line
    assert "/dev/shm/none (No such file or directory)" in line
    assert "set TMPDIR to a folder with a short path and room" in line


def test_a_link_or_another_folder_in_the_place_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with private_folder() as folder:
        moved = folder.with_name(f"{folder.name}m")
        folder.rename(moved)
        folder.symlink_to(tmp_path)
    assert folder.is_symlink()
    assert (tmp_path / "precious").exists()
    assert (moved / TOKEN).exists()
    folder.unlink()
    (moved / TOKEN).unlink()
    moved.rmdir()


def test_a_forked_process_does_not_remove_the_folder_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getpid()
    with private_folder() as folder:
        (folder / TOKEN).unlink()
        monkeypatch.setattr(os, "getpid", lambda: own + 1)
    assert folder.is_dir()
    folder.rmdir()
