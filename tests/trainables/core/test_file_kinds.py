"""Whatever lies at a path is told in words; only a regular file passes as a file."""

import os
import socket
from pathlib import Path

import pytest

from trainables.core.file_kinds import DEAD_LINK, FILE, FOLDER, LOOP, NOTHING, kind_at, kinds_in, require_file


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """One of everything that a folder can hold."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for link, target in (("to file", "file"), ("to folder", "folder"), ("dead", "nowhere"), ("loop", "loop")):
        (tmp_path / link).symlink_to(target)
    (tmp_path / "to device").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
    return tmp_path


KINDS = {
    "file": FILE,
    "folder": FOLDER,
    "pipe": "a named pipe",
    "to file": FILE,
    "to folder": FOLDER,
    "dead": DEAD_LINK,
    "loop": LOOP,
    "to device": "a device",
    "socket": "a socket",
}


def test_every_kind_is_told_and_only_a_file_passes(zoo: Path) -> None:
    assert kinds_in(zoo) == KINDS
    assert {name: kind_at(zoo / name) for name in KINDS} == KINDS
    for name, kind in KINDS.items():
        if kind == FILE:
            require_file(zoo / name)
            continue
        with pytest.raises(OSError, match=f"it is {kind}"):
            require_file(zoo / name)


def test_what_cannot_be_there_is_missing_and_what_may_not_be_seen_is_told(zoo: Path) -> None:
    assert kind_at(zoo / "none") == kind_at("a\0b") == NOTHING
    assert kind_at(zoo / "file" / "inside") == "not accessible (Not a directory)"
    assert kind_at(zoo / (300 * "x")) == "not accessible (File name too long)"
