"""The folder of a local Ray: private, and with a path that is short enough for the names of its sockets.

`/tmp/rts-search-1000/rayk3j2h1x9/`, where 1000 is the user's number, is the folder of one driver. The driver holds the
lock file in it as long as it lives, so that the next driver knows which folders, and which processes of Ray, a killed
driver has left behind.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rts_search.basics.errors import UserError
from rts_search.running.executors.processes import end_if, users_of, uses

LONGEST_SOCKET = 107
"""Bytes of the longest name of a socket in Linux."""
SOCKET = "/ray12345678/session_2026-11-30_15-10-36_123456_4194304/sockets/plasma_store"
"""What a folder's name is followed by in the name of its longest socket."""
NAME = re.compile(r"ray[a-z0-9_]{8}")
"""The folder of one driver. Nothing else is ever removed."""
PRIVATE = re.compile(r"rts-search-\d+")
MAKING_SECONDS = 60.0
"""A folder without a lock that is older is not being made any more."""
LEAST_FREE_BYTES = 20_000_000
"""Ray writes its logs here."""


class RayFolder:
    """The folder of this process's local Ray."""

    def __init__(self) -> None:
        """Make the folder, and remove what killed drivers have left. Raises: UserError: it can be made nowhere."""
        homes = _homes()
        for home, _ in homes:
            _clear(home)
        self.folder, self._lock = _make(homes)

    def remove(self) -> None:
        """Called when Ray has ended. Remove the folder, and end processes that still use it."""
        _remove(self.folder.resolve())
        self._lock.close()


def is_private(folder: str) -> bool:
    """Whether this is the folder of a local Ray of one driver, of any user."""
    return PRIVATE.fullmatch(Path(folder).parent.name) is not None


def _homes() -> list[tuple[Path, str]]:
    """The folders that may hold folders of local Rays, in the order in which they are tried, and who names each."""
    named = [(os.environ.get(name, ""), f"{name} ") for name in ("RAY_TMPDIR", "TMPDIR")]
    found: dict[Path, str] = {}
    for place, who in (*named, *((place, "") for place in ("/tmp", "/var/tmp", "/dev/shm"))):
        if place:
            found.setdefault(Path(place) / f"rts-search-{os.getuid()}", f"{who}{place}")
    return list(found.items())


def _make(homes: list[tuple[Path, str]]) -> tuple[Path, IO[str]]:
    causes = []
    for home, told in homes:
        try:
            _require_usable(home)
            folder = Path(tempfile.mkdtemp(prefix="ray", dir=home))
            lock = (folder / "making").open("w")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (folder / "making").rename(folder / "lock")  # a lock that others find is held
        except (OSError, ValueError) as error:
            causes.append(f"{told}: {getattr(error, 'strerror', None) or error}")
        else:
            return folder, lock
    raise UserError(
        f"Ray needs a folder for its sockets and logs, but none can be used ({'; '.join(causes)}); set RAY_TMPDIR to a "
        "short folder that can be written, or add --executor inline"
    )


def _require_usable(home: Path) -> None:
    """Make the folder if it is missing. Raises: OSError, ValueError: it cannot be used."""
    name = str(home)
    if not name.isascii():
        raise ValueError("Ray needs a name of ASCII letters")
    if not home.is_absolute():
        raise ValueError("must be an absolute path")
    if len(name + SOCKET) > LONGEST_SOCKET:
        raise ValueError("the name is too long for sockets")
    home.mkdir(mode=0o700, exist_ok=True)
    if not _is_own(home):
        raise ValueError(f"{home.name} belongs to somebody else")
    home.chmod(0o700)
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise ValueError(f"has only {free // 10**6} MB of free disk")


def _is_own(folder: Path) -> bool:
    """Whether this is a folder of this user itself, and no link to one. Raises: OSError: it is not there."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _clear(home: Path) -> None:
    """End the processes of Rays whose driver was killed, and remove their folders.

    Such a process is known by a file that it has open in the folder of a driver whose lock nobody holds.
    """
    for folder in _left_behind(home):
        _remove(folder)


def _remove(folder: Path) -> None:
    for pid in users_of(folder):
        end_if(pid, lambda one: uses(one, folder))
    shutil.rmtree(folder, ignore_errors=True)


def _half_removed(folder: Path) -> bool:
    """Whether a removal of this folder was cut off after it had removed the lock."""
    age = time.time() - folder.stat().st_mtime
    return age > MAKING_SECONDS and not any((folder / name).exists() for name in ("lock", "making"))


def _left_behind(home: Path) -> Iterator[Path]:
    try:
        if not _is_own(home):
            return
        folders = [home.resolve() / path.name for path in home.iterdir() if NAME.fullmatch(path.name)]
    except OSError:
        return
    for folder in folders:
        try:
            if not _is_own(folder):
                continue
            if _half_removed(folder):
                yield folder
                continue
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder
        except OSError:  # a driver holds the lock, or is just making the folder
            continue
