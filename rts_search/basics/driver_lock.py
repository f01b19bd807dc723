"""The lock file that makes sure that a sweep has at most one driver process."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rts_search.basics.errors import UserError


@dataclass(frozen=True)
class Driver:
    """The process that drives a sweep."""

    pid: int
    host: str


@contextmanager
def driver_lock(file: Path, sweep: str) -> Iterator[None]:
    """Hold the lock of a sweep while this process drives it; the system releases it however the process ends.

    Args:
        file: the lock file; its folder is made.
        sweep: name of the sweep, for the message.

    Raises:
        UserError: another process holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as opened:
        if not _locked(opened, fcntl.LOCK_EX):
            holder = current_driver(file)
            who = f"process {holder.pid} on {holder.host}" if holder else "another process"
            raise UserError(f"{sweep}: is already running ({who}); watch it with `rts-search status {sweep}`")
        opened.truncate(0)
        opened.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        opened.flush()
        yield


def current_driver(file: Path) -> Driver | None:
    """The process that holds the lock; None where there is none, or where it has not written its name yet."""
    if not file.exists():
        return None
    with file.open("r") as opened:
        if _locked(opened, fcntl.LOCK_SH, attempts=1):
            return None
        try:
            return Driver(**json.loads(opened.read()))
        except (json.JSONDecodeError, TypeError):
            return None


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
