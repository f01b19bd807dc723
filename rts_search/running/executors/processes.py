"""Processes of this machine: the children of one, the users of a folder, and ending one that is surely meant."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")


def descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on."""
    children: dict[int, list[int]] = {}
    for other in _pids():
        parent = parent_of(other)
        if parent is not None:
            children.setdefault(parent, []).append(other)
    found, to_look_at = [], [pid]
    while to_look_at:
        below = children.get(to_look_at.pop(), [])
        found += below
        to_look_at += below
    return found


def parent_of(pid: int) -> int | None:
    """The parent of a process; None when it has ended."""
    try:
        text = (PROCESSES / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[1])  # the name of a program may hold spaces and brackets


def command_of(pid: int) -> list[str]:
    """The command line of a process; empty when it has ended or belongs to another user."""
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def raylets() -> Iterator[list[str]]:
    """The command line of every raylet, the process that Ray runs once for each node."""
    for pid in _pids():
        command = command_of(pid)
        if Path(command[0] if command else "").name == "raylet":
            yield command


def users_of(folder: Path) -> list[int]:
    """The processes, other than this one, that have a file in this folder open. Those of other users are not seen."""
    return [pid for pid in _pids() if pid != os.getpid() and uses(pid, folder)]


def uses(pid: int, folder: Path) -> bool:
    """Whether a process has a file in this folder open. `folder` is absolute and without links."""
    try:
        opened = list((PROCESSES / str(pid) / "fd").iterdir())
    except OSError:
        return False
    for file in opened:
        with suppress(OSError):
            if file.readlink().is_relative_to(folder):
                return True
    return False


def end_if(pid: int, meant: Callable[[int], bool]) -> None:
    """Kill a process, if `meant` proves that it is the one that is meant.

    The process is held by a descriptor first, so that its number cannot become that of another process in between.
    """
    with suppress(OSError):
        held = os.pidfd_open(pid)
        try:
            if meant(pid):
                signal.pidfd_send_signal(held, signal.SIGKILL)
        finally:
            os.close(held)


def _pids() -> Iterator[int]:
    return (int(path.name) for path in PROCESSES.iterdir() if path.name.isdecimal())
