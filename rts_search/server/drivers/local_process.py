"""Driver processes: started so that they outlive the service, and found again by whoever comes after it."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rts_search.server.drivers.driver import RUNS, Drivers, Outcome
from rts_search.study.database.passwords import CARRIERS, STORAGE_VARIABLE
from rts_search.study.workspace import Workspace

PROGRAM = ("-m", "rts_search.cli")
DRIVER_VARIABLE = "RTS_SEARCH_DRIVER"
"""Tells a driver from all other processes, whoever started it."""


class LocalDrivers(Drivers):
    """Processes of this machine, each in a session of its own."""

    def __init__(self, workspace: Workspace) -> None:
        self._place = workspace
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def new_name(self) -> str:
        """One of this host's."""
        return f"{socket.gethostname()}/{uuid.uuid4().hex}"

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        """Start one."""
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, *PROGRAM, *arguments, "--results", str(self._place.results.folder)]
        if self._place.address is not None:
            command += ["--address", self._place.address]
        environment = {variable: value for variable, value in os.environ.items() if variable not in CARRIERS}
        environment[DRIVER_VARIABLE] = name
        if self._place.storage is not None:
            environment[STORAGE_VARIABLE] = self._place.storage  # not on the command line, which everybody can read
        with output.open("ab") as file:
            self._children[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def outcome(self, name: str, output: Path) -> Outcome:
        """By its exit code when it is a child of this process, else by its absence."""
        del output
        child = self._children.get(name)
        if child is not None:
            code = child.poll()
            if code is None:
                return RUNS
            del self._children[name]
            return Outcome(True, code)
        here = name.startswith(f"{socket.gethostname()}/")
        return RUNS if not here or _pid_of(name) is not None else Outcome(True)

    def terminate(self, name: str) -> None:
        """SIGTERM."""
        pid = _pid_of(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _pid_of(name: str) -> int | None:
    """The process of a driver, None when there is none; what it has started has its variable, but another command."""
    program, variable = "\0".join(PROGRAM).encode(), f"{DRIVER_VARIABLE}={name}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is somebody else's
            runs_it = program in (process / "cmdline").read_bytes()
            if runs_it and variable in (process / "environ").read_bytes().split(b"\0"):
                return int(process.name)
    return None
