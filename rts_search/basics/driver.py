"""The process that drives a sweep: which one it is, whether it still runs, and how it is asked to stop."""

import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")
NAMESPACES = ("pid", "time")
"""Kinds of namespaces in which the number and the start time of a process have their meaning."""
ENDED = ("Z", "X")
"""States of a process that has ended and that its parent has not waited for yet."""


@dataclass(frozen=True)
class Driver:
    """The process that drives a sweep.

    A number means one process in one namespace, for example in one container, as long as the machine is up, and is
    given to another process later. So the machine's start, the namespaces and the start of the process belong to it.
    """

    pid: int
    host: str
    boot: str = ""
    """Id of the machine's last start; empty when unknown, as for a driver of an earlier version."""
    namespace: str = ""
    """Ids of the namespaces; empty when unknown."""
    started: int = 0
    """Start of the process, in ticks of the clock since the machine's start; 0 for one that has ended."""

    def runs(self) -> bool | None:
        """Whether the process still runs; None when this cannot be seen from here."""
        if not self.boot or (self.boot, self.namespace) != _place(os.getpid()):
            return None
        return self.started > 0 and _started(self.pid) == self.started

    def terminate(self) -> bool:
        """Send SIGTERM if it is certain that the number still means this process. Returns whether it was sent."""
        return terminate_if(self.pid, lambda: self.runs() is True)


def terminate_if(pid: int, proven: Callable[[], bool]) -> bool:
    """Send SIGTERM to the process of this number if it is the right one. Returns whether it was sent.

    proven: says whether the number means the right process now.
    """
    try:
        handle = os.pidfd_open(pid)
    except (OSError, OverflowError):
        return False
    try:
        # As long as the handle is open, the signal can reach no later process of this number.
        if not proven():
            return False
        signal.pidfd_send_signal(handle, signal.SIGTERM)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def this_process() -> Driver:
    """The process that runs this code."""
    return identified(os.getpid())


def identified(pid: int) -> Driver:
    """The process that has this number here and now."""
    boot, namespace = _place(os.getpid())
    return Driver(pid, socket.gethostname(), boot, namespace, _started(pid))


def has_open(pid: int, file: Path) -> bool:
    """Whether the process of this number has a file open."""
    with suppress(OSError):
        return any(_same(descriptor, file) for descriptor in (PROC / str(pid) / "fd").iterdir())
    return False


def _same(descriptor: Path, file: Path) -> bool:
    with suppress(OSError):  # closed a moment ago
        return descriptor.samefile(file)
    return False


@cache
def _place(own: int) -> tuple[str, str]:
    """Id of the machine's last start, and the ids of this process's namespaces; empty where /proc does not tell.

    own: the number of this process, for which the answer never changes.
    """
    try:
        if (PROC / "self").readlink().name != str(own):
            return "", ""  # /proc shows another namespace
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "", ""
    return boot, " ".join(_namespace(kind) for kind in NAMESPACES)


def _namespace(kind: str) -> str:
    with suppress(OSError):  # a kernel without this kind
        return str((PROC / "self/ns" / kind).readlink())
    return ""


def _started(pid: int) -> int:
    """Start of a process, in ticks of the clock since the machine's start; 0 when it does not run."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return 0
    state, *numbers = text.rpartition(")")[2].split()  # the name before may hold spaces and brackets
    return 0 if state in ENDED else int(numbers[18])
