"""Processes of a campaign: commands that it starts, and signals to what these have started and to nothing else.

Each command has a random text of its own in its environment, which its descendants inherit. A signal is sent through a
handle of the process (pidfd), and only after the process behind the handle was seen to carry the text.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil

from scripts.waits import without_waits

MARK = "KILL_CAMPAIGN"
"""The environment variable with the random text."""
LOOK_SECONDS = 0.02
COMMAND_SECONDS = 240.0
"""Longest time for a command. One that takes longer hangs."""


class Hangs(Exception):
    """A command did not end in COMMAND_SECONDS; it was killed."""


class Command:
    """A command in a session of its own. Its output goes to a file."""

    _made: ClassVar[list["Command"]] = []

    def __init__(self, words: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start it. `folder`: for its output, which is added to what is there."""
        self.mark = uuid.uuid4().hex
        folder.mkdir(parents=True, exist_ok=True)
        self._out, self._err = (folder / f"{self.mark[:8]}.{kind}" for kind in ("out", "err"))
        self.started = time.monotonic()
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                words,
                env={**os.environ, **(environment or {}), MARK: self.mark},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        Command._made.append(self)

    @classmethod
    @contextmanager
    def all_ended(cls) -> Iterator[None]:
        """At the end of the `with` block, also after SIGTERM, kill what still runs of all commands made in it."""
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            yield
        finally:
            for command in cls._made:
                command.kill_all()

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        """Its error output."""
        return self._err.read_text(errors="replace")

    @property
    def last_line(self) -> str:
        """The last line that it has printed, the error output first."""
        lines = without_waits(self.err) or self.out.strip().splitlines()
        return lines[-1] if lines else ""

    def wait_until(self, what: Callable[[], bool], seconds: float = COMMAND_SECONDS) -> bool:
        """Wait for something. Returns whether it came before the command ended and before `seconds` had passed."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            if what():
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def wait(self, seconds: float = COMMAND_SECONDS) -> int:
        """Wait for its end and return its exit code. Raises: Hangs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_all()
            self.process.wait(30)
            raise Hangs(f"did not end in {seconds:g} s") from None

    def family(self) -> list[psutil.Process]:
        """Its process and all that it has started, as far as they run, also those that have another parent by now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def others(self, words: str) -> list[psutil.Process]:
        """The processes that it has started whose command line holds these words."""
        found = []
        for process in self.family():
            with contextlib.suppress(psutil.Error):
                if process.pid != self.process.pid and words in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def send(self, process: psutil.Process, number: int) -> bool:
        """Send a signal to one of the family. Returns whether it was sent."""
        try:
            handle = os.pidfd_open(process.pid)
        except OSError:
            return False
        try:
            # While the handle is open, the number cannot mean another process; that it meant ours is checked here.
            if not (process.is_running() and self._is_ours(process)):
                return False
            signal.pidfd_send_signal(handle, number)
        except OSError:
            return False
        finally:
            os.close(handle)
        return True

    def send_to_group(self, number: int) -> bool:
        """Send a signal to its process group, as a terminal does. Returns whether it was sent."""
        if self.process.poll() is not None:  # else the number means our child, which nobody has waited for
            return False
        os.killpg(self.process.pid, number)
        return True

    def send_to_session(self, number: int) -> bool:
        """Send a signal to all processes of its session, as far as they are its own."""
        here = [process for process in self.family() if _session(process.pid) == self.process.pid]
        return sum(self.send(process, number) for process in here) > 0

    def kill_all(self) -> int:
        """Kill it and all that it has started. Returns the number of processes that were killed."""
        return sum(self.send(process, signal.SIGKILL) for process in self.family())

    def close(self, seconds: float = 20.0) -> list[str]:
        """Wait until nothing is left of it, and kill what still runs after `seconds`. Returns what that was."""
        deadline = time.monotonic() + seconds
        while (left := self.family()) and time.monotonic() < deadline:
            time.sleep(0.2)
        names = list(_names(left))
        self.kill_all()
        if self.process.poll() is None:
            self.process.wait(30)
        return names

    def _is_ours(self, process: psutil.Process) -> bool:
        text = f"{MARK}={self.mark}".encode()
        with contextlib.suppress(OSError):  # it has just ended, or belongs to another user
            if process.pid != os.getpid() and text in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"):
                return True
        return False


def _session(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return -1


def _names(processes: list[psutil.Process]) -> Iterator[str]:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            yield " ".join(process.cmdline())[:60] or process.name()


def command_line(*arguments: str) -> list[str]:
    """The words of a command of `rts-search`."""
    return [sys.executable, "-m", "rts_search.cli", *arguments]
