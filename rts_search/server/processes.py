"""Driver processes: started so that they outlive the service, and found again by whoever comes after it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rts_search.database.passwords import CARRIERS, STORAGE_VARIABLE
from rts_search.server.drivers import RUNS, Drivers, Outcome
from rts_search.service import Place


@dataclass(frozen=True)
class ProcessName:
    """A process of a host; its start tells it from a later one with the same number."""

    host: str
    pid: int
    start: int

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.start}"

    @classmethod
    def parse(cls, text: str) -> "ProcessName | None":
        """The way back; None for what is none."""
        parts = text.rsplit("/", 2)
        if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]))

    @property
    def here(self) -> bool:
        """Whether it is one of this host's."""
        return self.host == socket.gethostname()

    def lives(self) -> bool:
        """Whether it still runs on this host."""
        return self.here and _start_of(self.pid) == self.start

    def terminate(self) -> None:
        """Ask it to stop."""
        if self.lives():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)


class LocalDrivers(Drivers):
    """Processes of this machine, each in a session of its own."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, arguments: Sequence[str], output: Path) -> str:
        """Start one."""
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "rts_search.cli", *arguments, "--results", str(self._place.results.folder)]
        if self._place.address is not None:
            command += ["--address", self._place.address]
        environment = {name: value for name, value in os.environ.items() if name not in CARRIERS}
        if self._place.storage is not None:
            environment[STORAGE_VARIABLE] = self._place.storage  # not on the command line, which everybody can read
        with output.open("ab") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        name = str(ProcessName(socket.gethostname(), process.pid, _start_of(process.pid) or 0))
        self._children[name] = process
        return name

    def outcome(self, name: str, output: Path) -> Outcome:
        """By its exit code when it is a child of this process, else by its absence."""
        del output
        child, process = self._children.get(name), ProcessName.parse(name)
        if child is not None:
            code = child.poll()
            if code is None:
                return RUNS
            del self._children[name]
            return Outcome(True, code)
        return RUNS if process is not None and (process.lives() or not process.here) else Outcome(True)

    def terminate(self, name: str) -> None:
        """SIGTERM."""
        process = ProcessName.parse(name)
        if process is not None:
            process.terminate()


def _start_of(pid: int) -> int | None:
    """When a process began, in clock ticks since the machine did; None when there is none, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
