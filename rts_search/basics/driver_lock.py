"""The lock file of a sweep's folder: a second driver in the same folder is refused before it opens the database.

It is a first look. The lease in the database (`rts_search.study.lease`) counts for every folder and every host.
"""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from rts_search.basics.driver import Driver, has_open, identified, this_process
from rts_search.basics.errors import UserError


def already_running(sweep: str, who: str) -> UserError:
    """The error of a second driver. `who`: the first one, in words."""
    return UserError(f"{sweep}: is already running ({who}); watch it with `rts-search status {sweep}`")


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
            raise already_running(sweep, f"process {holder.pid} on {holder.host}" if holder else "another process")
        opened.truncate(0)
        opened.write(json.dumps(asdict(this_process())))
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
            driver = Driver(**json.loads(opened.read()))
        except (ValueError, TypeError):
            return None
    # A driver of an earlier version wrote its number and its host alone.
    return identified(driver.pid) if not driver.boot and has_open(driver.pid, file) else driver


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
