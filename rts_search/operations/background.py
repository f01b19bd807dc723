"""The driver of a sweep in a session of its own: it goes on when the terminal or the notebook that started it ends."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.basics.log_tail import note_command
from rts_search.basics.phases import phase

LOOK_SECONDS = 0.2
UNKNOWN = -999
"""The exit code of a process that another part of this program has waited for."""


@dataclass
class BackgroundDriver:
    """A driver that this process has started."""

    pid: int
    log: Path
    """The file to which its output is appended."""
    written: int
    """Length of the log before it started, in bytes."""
    _code: int | None = None

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self._code = UNKNOWN
            else:
                self._code = os.waitstatus_to_exitcode(status) if ended else None
        return self._code

    def last_line(self) -> str:
        """The last line that it has printed; empty before the first."""
        lines = self.output().splitlines()
        return lines[-1] if lines else ""

    def output(self) -> str:
        """All that it has printed."""
        with self.log.open("rb") as opened:
            opened.seek(self.written)
            return opened.read().decode(errors="replace").strip()

    def wait_for_start(self, name: str, begun: Callable[[], bool]) -> None:
        """Wait until it drives the sweep, so that its first mistakes are told and the sweep can be watched.

        Args:
            name: of the sweep.
            begun: whether the sweep can be watched.

        Raises:
            UserError: the driver has ended with an error.
        """
        with phase(f"{name}: starting process {self.pid}") as starting:
            while not begun():
                starting.doing = self.last_line() or starting.doing
                code = self.code()
                if code is not None and code != 0:
                    why = self.last_line().removeprefix("rts-search: ")
                    raise UserError(why or f"{name}: process {self.pid} ended at once; see {self.log}")
                if code is not None:
                    return
                time.sleep(LOOK_SECONDS)


def start_in_background(
    arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> BackgroundDriver:
    """Start `rts-search` in a session of its own. Its output is appended to the file `log`.

    Args:
        arguments: of the command line, without the program.
        log: the file, whose folder is made.
        environment: its environment variables; None: those of this process.

    Raises:
        UserError: the log cannot be written.
    """
    try:
        note_command(log, arguments)
        written = log.stat().st_size
    except OSError as error:
        raise UserError(f"{log}: must be a file that can be written, but {error.strerror}") from error
    command = [sys.executable, "-m", "rts_search.cli", *arguments]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    variables = os.environ if environment is None else environment
    pid = os.posix_spawn(sys.executable, command, variables, file_actions=actions, setsid=True)
    return BackgroundDriver(pid, log, written)
