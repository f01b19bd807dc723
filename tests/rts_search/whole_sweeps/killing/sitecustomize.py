"""Loaded by every process of a sweep under test: kills driver and worker in the middle of a state's write.

RTS_TEST_KILL_AT_STATE = n: the n-th state that a worker writes is left half on disk, the driver named in the lock file
RTS_TEST_LOCK is killed with SIGKILL, and so is the worker itself. RTS_TEST_LOG = a file that gets a line, the key, for
every state that is written, by which the epochs that were trained can be counted. RTS_TEST_FILE_LIMIT = n: a worker
can write no file of more than n bytes, as if the disk were full then.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

_fsync = os.fsync
_left = int(os.environ.get("RTS_TEST_KILL_AT_STATE", "0"))
_log = os.environ.get("RTS_TEST_LOG")


def _fsync_or_kill(descriptor: int) -> None:
    global _left
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    if ".state." in path.name:
        if _log is not None:
            with Path(_log).open("a") as file:
                file.write(f"{path.parent.name}\n")
        _left -= 1
        if _left == 0:
            os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
            driver = json.loads(Path(os.environ["RTS_TEST_LOCK"]).read_text())["pid"]
            os.kill(driver, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
    _fsync(descriptor)


if _left or _log:
    os.fsync = _fsync_or_kill

if "RTS_TEST_FILE_LIMIT" in os.environ and any("default_worker" in argument for argument in sys.orig_argv):
    limit = int(os.environ["RTS_TEST_FILE_LIMIT"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
