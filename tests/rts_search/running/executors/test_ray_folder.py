"""The folder of a local Ray is private, short and can be written; what a killed driver left is removed."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.running.executors import ray_folder
from rts_search.running.executors.ray_folder import LONGEST_SOCKET, SOCKET, RayFolder, is_private

OWN = f"rts-search-{os.getuid()}"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for temporary files, which the environment names."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="r") as folder:
        monkeypatch.delenv("RAY_TMPDIR", raising=False)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def home_of(folder: RayFolder) -> Path:
    """Where the folder of this user's Rays lies. The folder itself is removed."""
    folder.remove()
    assert not folder.folder.exists()
    assert is_private(str(folder.folder))
    assert folder.folder.parent.name == OWN
    return folder.folder.parent.parent


def test_it_lies_where_the_environment_says_and_is_private(short: Path) -> None:
    made = RayFolder()
    assert (made.folder.parent.stat().st_mode & 0o777, made.folder.stat().st_mode & 0o777) == (0o700, 0o700)
    assert len(str(made.folder.parent) + SOCKET) <= LONGEST_SOCKET
    assert home_of(made) == short


@pytest.mark.parametrize(
    "name", ["a" * 60, "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "missing/folder", "file"], ids=ascii
)
def test_where_it_cannot_be_it_lies_in_tmp(short: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = short / name
    if name == "file":
        place.touch()
    elif "missing" not in name:
        place.mkdir(exist_ok=True)
    monkeypatch.setenv("RAY_TMPDIR", str(place))
    monkeypatch.delenv("TMPDIR")
    assert home_of(RayFolder()) == Path("/tmp")


def test_a_link_in_the_place_of_the_folder_is_neither_used_nor_cleared(short: Path, tmp_path: Path) -> None:
    kept = tmp_path / "ray12345678" / "file"
    kept.parent.mkdir()
    kept.touch()
    os.utime(kept.parent, (0, 0))
    (short / OWN).symlink_to(tmp_path)
    assert home_of(RayFolder()) == Path("/tmp")
    assert kept.exists()


def test_nothing_but_folders_of_drivers_is_removed(short: Path, tmp_path: Path) -> None:
    home = short / OWN
    for place in (tmp_path, home / "mine", home / "ray1", home / "RAY12345678"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "file").touch()
        os.utime(place, (0, 0))
    (home / "ray00000000").symlink_to(tmp_path)
    RayFolder().remove()
    assert {path.name for path in home.iterdir()} == {"mine", "ray1", "RAY12345678", "ray00000000"}
    assert (tmp_path / "file").exists()


def test_one_line_names_every_place_and_its_cause(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_folder, "LEAST_FREE_BYTES", 2**80)
    with pytest.raises(UserError) as refused:
        RayFolder()
    (line,) = str(refused.value).splitlines()
    assert f"TMPDIR {short}: has only " in line
    assert "/dev/shm: has only " in line
    assert line.endswith("set RAY_TMPDIR to a short folder that can be written, or add --executor inline")


def test_the_next_driver_ends_what_a_killed_one_left_and_nothing_else(short: Path) -> None:
    left = short / OWN / "raykilled_1" / "session" / "logs"
    left.mkdir(parents=True)
    (short / OWN / "raykilled_1" / "lock").touch()  # nobody holds it
    others = short / "logs"
    others.mkdir()
    agents = [_agent(folder) for folder in (left, others)]
    try:
        second = RayFolder()
        assert agents[0].wait(30) == -signal.SIGKILL
        assert agents[1].poll() is None
        assert [path.name for path in (short / OWN).iterdir()] == [second.folder.name]
        third = RayFolder()
        assert second.folder.exists(), "its driver lives"
        for made in (second, third):
            made.remove()
    finally:
        for agent in agents:
            agent.kill()
            agent.wait()


def test_a_folder_whose_removal_was_cut_off_is_removed_and_one_that_is_being_made_is_not(short: Path) -> None:
    old, new = short / OWN / "rayaaaaaold", short / OWN / "rayaaaaanew"
    for folder in (old, new):
        (folder / "session").mkdir(parents=True)
    os.utime(old, (0, 0))
    RayFolder().remove()
    assert [path.name for path in (short / OWN).iterdir()] == [new.name]


def _agent(logs: Path) -> subprocess.Popen[bytes]:
    """A process that writes its log in this folder."""
    with (logs / "agent.log").open("w") as log:
        return subprocess.Popen(["sleep", "60"], stdout=log)
