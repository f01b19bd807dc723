"""Loaded by every process of a sweep under test: kills driver and worker in the middle of a state's write.

RTS_TEST_KILL_AT_STATE = n: the n-th state that a worker writes is left half on disk, the driver named in the lock file
RTS_TEST_LOCK is killed with SIGKILL, and so is the worker itself.
"""

import json
import os
import signal
from pathlib import Path

_fsync = os.fsync
_left = int(os.environ.get("RTS_TEST_KILL_AT_STATE", "0"))


def _fsync_or_kill(descriptor: int) -> None:
    global _left
    name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    if ".state." in name:
        _left -= 1
        if _left == 0:
            os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
            driver = json.loads(Path(os.environ["RTS_TEST_LOCK"]).read_text())["pid"]
            os.kill(driver, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
    _fsync(descriptor)


if _left:
    os.fsync = _fsync_or_kill
