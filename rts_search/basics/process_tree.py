"""End processes that this process has started, together with all processes below them."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from rts_search.basics.driver import PROC


def kill_with_descendants(roots: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kill children of this process that still run, and every process below one of them.

    A root is stopped first, so that it starts nothing more. A process is killed through a handle, and only if it is
    below a root after the handle was opened: no other process can have got its number then.
    """
    alive = [root for root in roots if root.poll() is None]
    for root in alive:
        root.send_signal(signal.SIGSTOP)
    numbers = {root.pid for root in alive}
    with ExitStack() as handles:
        below = []
        for pid in _below(numbers):
            with suppress(OSError):  # it has just ended
                handle = os.pidfd_open(pid)
                handles.callback(os.close, handle)
                below.append((pid, handle))
        still = _below(numbers)
        for root in alive:
            root.kill()
        for pid, handle in below:
            if pid in still:
                with suppress(OSError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)


def _below(roots: set[int]) -> set[int]:
    """The numbers of all processes below these."""
    parents = {}
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):
            after_name = (process / "stat").read_text(errors="replace").rpartition(")")[2]
            parents[int(process.name)] = int(after_name.split()[1])
    found: set[int] = set()
    while new := {pid for pid, parent in parents.items() if parent in roots | found} - found:
        found |= new
    return found
