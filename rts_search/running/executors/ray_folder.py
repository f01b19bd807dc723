"""A private folder for the sockets, logs and token of a local Ray, removed by the process that made it."""

import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.basics.signals import when_abandoned

SYSTEM_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
LONGEST_SOCKET = 107
"""Bytes of the longest path of a socket on Linux."""
OF_RAY = "ray"
"""Ray's own part of the folder. Ray opens its permissions to everybody, so that it lies in one that is closed."""
SOCKET = f"{OF_RAY}/session_0000-00-00_00-00-00_000000_0000000/sockets/plasma_store.00"
"""Ray's longest socket in its folder: the session's name ends with the number of the process."""
PLAIN = re.compile(r"/[A-Za-z0-9_/.,:+=@-]*")
"""The paths that Ray can pass to its processes."""
LEAST_ROOM = 32 * 2**20
"""Bytes. Ray writes a few MB of logs."""
PREFIX = "rts-ray-"
TOKEN = "token"


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a new folder that only this user can enter, with a new token for Ray in the file `token`.

    It lies in RAY_TMPDIR or TMPDIR, if its path is short and plain enough and there is room, else in a folder of the
    system. At the end it is removed, by this process alone. A killed process leaves it to the system's cleaning.

    Raises:
        UserError: no folder can be used.
    """
    folder = _made()
    remove = partial(_remove, folder, os.getpid(), _identity(folder))
    when_abandoned(remove)
    try:
        yield folder
    finally:
        remove()


def _remove(folder: Path, maker: int, identity: tuple[int, int] | None) -> None:
    """Remove the very folder that this process made, and only where `rmtree` cannot be led elsewhere by a link."""
    own = os.getpid() == maker and identity is not None and _identity(folder) == identity
    if own and shutil.rmtree.avoids_symlink_attacks:
        shutil.rmtree(folder, ignore_errors=True)


def _made() -> Path:
    refusals = []
    for name, parent in _parents():
        try:
            return _made_in(parent)
        except OSError as error:
            refusals.append(f"{name} ({error.strerror or error})")
    raise UserError(
        f"Ray needs a folder for its sockets and logs, but none can be used: {', '.join(refusals)}; "
        "set TMPDIR to a folder with a short path and room, or add --executor inline"
    )


def _parents() -> Iterator[tuple[str, str]]:
    """The folders to try, in this order, each with its name for the user."""
    for variable in ("RAY_TMPDIR", "TMPDIR"):
        if os.environ.get(variable):
            yield f"{variable}={os.environ[variable]}", os.environ[variable]
    for folder in SYSTEM_FOLDERS:
        yield folder, folder


def _made_in(parent: str) -> Path:
    """Make the folder, and try what Ray does in it. Raises: OSError."""
    if not PLAIN.fullmatch(parent):
        raise OSError("its path must begin with / and have only ASCII letters, digits and _ . , : + = @ -")
    parent = parent.rstrip("/") or "/"
    longest = LONGEST_SOCKET - len(f"/{PREFIX}00000000/{SOCKET}")
    if len(parent) > longest:
        raise OSError(f"its path has more than {longest} characters")
    if shutil.disk_usage(parent).free < LEAST_ROOM:
        raise OSError(f"less than {LEAST_ROOM // 2**20} MiB are free")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    identity = _identity(folder)
    try:
        with socket.socket(socket.AF_UNIX) as tried:
            tried.bind(str(folder / "tried"))
        (folder / "tried").unlink()
        (folder / TOKEN).write_text(secrets.token_hex(32), encoding="ascii")
        (folder / TOKEN).chmod(0o600)
    except OSError:
        _remove(folder, os.getpid(), identity)
        raise
    return folder


def _identity(folder: Path) -> tuple[int, int] | None:
    """Device and number of a folder; None for a link, and when it is gone."""
    try:
        facts = folder.stat(follow_symlinks=False)
    except OSError:
        return None
    return None if folder.is_symlink() else (facts.st_dev, facts.st_ino)
