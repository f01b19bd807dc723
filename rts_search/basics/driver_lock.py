"""The lock file of a sweep's folder: a second driver in the same folder is refused before it opens the database.

It is a first look. The lease in the database (`rts_search.study.lease`) counts for every folder and every host.
"""

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from rts_search.basics.driver import Driver, has_open, identified, this_process
from rts_search.basics.errors import UserError
from trainables.core.regular_files import OddFileError, open_regular

MOST_CHARACTERS = 1000
NO_LOCK = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""Errors of opening a lock file that no process can hold: there is none, or it is a link to nothing."""


def already_running(sweep: str, who: str, watch: str = "") -> UserError:
    """The error of a second driver.

    Args:
        sweep: its name.
        who: the first driver, in words.
        watch: the command that shows the sweep; empty: without its place.
    """
    return UserError(f"{sweep}: is already running ({who}); watch it with `{watch or f'rts-search watch {sweep}'}`")


@contextmanager
def driver_lock(file: Path, sweep: str, watch: str = "") -> Iterator[None]:
    """Hold the lock of a sweep while this process drives it; the system releases it however the process ends.

    Args:
        file: the lock file; its folder is made.
        sweep: name of the sweep, for the message.
        watch: the command that shows the sweep, for the message; empty: without its place.

    Raises:
        UserError: another process holds it, or the file cannot be written.
    """
    with _opened(file) as opened:
        if not _locked(opened, fcntl.LOCK_EX):
            holder = current_driver(file)
            who = f"process {holder.pid} on {holder.host}" if holder else "another process"
            raise already_running(sweep, who, watch)
        try:
            opened.truncate(0)
            opened.write(json.dumps(asdict(this_process())))
            opened.flush()
        except OSError as error:
            raise _refused(file, "file", error) from error
        yield


def current_driver(file: Path) -> Driver | None:
    """The process that holds the lock; None where there is none, or where it has not written its name yet.

    None also where something else stands in the place of the file: no process can hold that. Raises: UserError.
    """
    try:
        descriptor = open_regular(file)
    except OSError as error:
        if isinstance(error, OddFileError) or error.errno in NO_LOCK:
            return None
        raise UserError(f"{file}: must be a file that can be read, but {error.strerror}") from error
    with os.fdopen(descriptor, "r", errors="replace") as opened:
        if _locked(opened, fcntl.LOCK_SH, attempts=1):
            return None
        try:
            driver = Driver(**json.loads(opened.read(MOST_CHARACTERS)))
        except (ValueError, TypeError):
            return None
    # A driver of an earlier version wrote its number and its host alone.
    return identified(driver.pid) if not driver.boot and has_open(driver.pid, file) else driver


def _opened(file: Path) -> IO[str]:
    """Open the lock file, and make it and its folder where there is none. Raises: UserError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(open_regular(file, os.O_RDWR | os.O_CREAT | os.O_APPEND), "a+")
    except OSError as error:
        of_folder = error.filename == str(file.parent)
        raise _refused(file.parent if of_folder else file, "folder" if of_folder else "file", error) from error


def _refused(place: Path, kind: str, error: OSError) -> UserError:
    return UserError(
        f"{place}: must be a {kind} that can be written, but {error.strerror}; remove it, or name another --results"
    )


def _locked(file: IO[str], how: int, attempts: int = 10) -> bool:
    """Try to take a lock. Several attempts, since `current_driver` holds it for a moment too."""
    for attempt in range(attempts):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < attempts:
                time.sleep(0.05)
        else:
            return True
    return False
