"""Drivers as processes of this machine. They continue after the service has ended, and the next service finds them."""

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rts_search.basics.driver import terminate_if
from rts_search.server.drivers.driver import DRIVER_VARIABLE, RUNS, Drivers, Outcome
from rts_search.study.database.passwords import CARRIERS, STORAGE_VARIABLE
from rts_search.study.workspace import Workspace

PROGRAM = ("-m", "rts_search.cli")


class LocalDrivers(Drivers):
    """Processes of this machine. Each has its own session, so that signals to the service do not reach it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def new_name(self) -> str:
        """A new name: the host name and a random number."""
        return f"{socket.gethostname()}/{uuid.uuid4().hex}"

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        """Start a process."""
        output.parent.mkdir(parents=True, exist_ok=True)
        for child in self._children.values():
            child.poll()  # nobody asks again for one whose job was stopped before it reported
        command = [sys.executable, *PROGRAM, *arguments, "--results", str(self._workspace.results.folder)]
        if self._workspace.address is not None:
            command += ["--address", self._workspace.address]
        environment = {variable: value for variable, value in os.environ.items() if variable not in CARRIERS}
        environment[DRIVER_VARIABLE] = name
        if self._workspace.storage is not None:
            environment[STORAGE_VARIABLE] = (
                self._workspace.storage
            )  # not on the command line, which every user can read
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
        """Its exit code if this service started it; otherwise, whether its process still exists on this host."""
        del output
        child = self._children.get(name)
        if child is not None:
            code = child.poll()  # the same each time, also when the queue could not take it before
            return RUNS if code is None else Outcome(True, code)
        here = name.startswith(f"{socket.gethostname()}/")
        return RUNS if not here or _pid_of(name) is not None else Outcome(True)

    def terminate(self, name: str) -> None:
        """Send SIGTERM to its process."""
        pid = _pid_of(name)
        if pid is not None:
            terminate_if(pid, lambda: _is_driver(Path("/proc", str(pid)), name))


def _pid_of(name: str) -> int | None:
    """The process id of a driver; None when it does not run."""
    return next((int(process.name) for process in Path("/proc").glob("[0-9]*") if _is_driver(process, name)), None)


def _is_driver(process: Path, name: str) -> bool:
    """Whether a process is the driver of this name: it has the name, with its random number, in its environment.

    Its child processes inherit the variable, so the command is compared too.
    """
    program, variable = "\0".join(PROGRAM).encode(), f"{DRIVER_VARIABLE}={name}".encode()
    with suppress(OSError):  # the process has just ended, or belongs to another user
        runs_it = program in (process / "cmdline").read_bytes()
        return runs_it and variable in (process / "environ").read_bytes().split(b"\0")
    return False
