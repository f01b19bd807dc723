"""`launch --detach`: the driver of a sweep in a session of its own, which goes on when the terminal is closed."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase

OPTION = "--detach"
LOOK_SECONDS = 0.2


def start_detached(arguments: Sequence[str], log: Path) -> int:
    """Start this command again without --detach, in a session of its own. Its output is appended to the file `log`.

    arguments: of this command line, without the program. Returns the number of the process.
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.open("ab").close()
    except OSError as error:
        raise UserError(f"{log}: must be a file that can be written, but {error.strerror}") from error
    command = [sys.executable, "-m", "rts_search.cli", *(one for one in arguments if one != OPTION)]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(sys.executable, command, os.environ, file_actions=actions, setsid=True)


def wait_for_start(pid: int, name: str, begun: Callable[[], bool], log: Path, written: int) -> None:
    """Wait until the driver has begun its study, so that its first mistakes are told and the sweep can be watched.

    Args:
        pid: of the driver.
        name: of the sweep.
        begun: whether the study exists.
        log: its output; its last line is shown meanwhile.
        written: length of the log before it started.

    Raises:
        UserError: the driver has ended with an error.
    """
    with phase(f"{name}: starting process {pid}") as starting:
        while not begun():
            starting.doing = _last_line(log, written) or starting.doing
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended and os.waitstatus_to_exitcode(status) != 0:
                why = _last_line(log, written).removeprefix("rts-search: ")
                raise UserError(why or f"{name}: process {pid} ended at once; see {log}")
            if ended:
                return
            time.sleep(LOOK_SECONDS)


def _last_line(log: Path, written: int) -> str:
    """The last line that the driver has printed."""
    with log.open("rb") as opened:
        opened.seek(written)
        lines = opened.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
