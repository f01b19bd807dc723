"""Runs commands of `rts-search` in forks of this process, which has loaded everything: a command takes 0.2 s, not 3."""

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.waits import without_waits

MOST_SECONDS = 60.0
"""A command that takes longer hangs, on a machine that does nothing else."""


@dataclass(frozen=True)
class Told:
    """What a command said."""

    command: str
    code: int
    """Its exit code; -9 for one that hung and was killed."""
    out: str
    err: str
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether it refused as it must: exit code 2 and one line."""
        lines = without_waits(self.err)
        return self.code == 2 and len(lines) == 1 and lines[0].startswith("rts-search: ")

    @property
    def ended_in_one_line(self) -> bool:
        """Whether the last line, and only this one, is a refusal; notes and progress may come before."""
        lines = without_waits(self.err)
        return [line.startswith("rts-search: ") for line in lines].count(True) == 1 and lines[-1].startswith("rts-s")

    @property
    def crashed(self) -> bool:
        """Whether it ended with an error that nobody has foreseen."""
        return "Traceback" in self.err + self.out or self.code not in (0, 1, 2, 130)


class Running:
    """A command that runs. Its process is known by a descriptor, so that no other one can be killed in its place."""

    def __init__(self, arguments: Sequence[str], folder: Path, cwd: Path | None = None) -> None:
        """
        Args:
            arguments: of `rts-search`.
            folder: of this script's own, for what the command prints.
            cwd: the folder in which the command runs.
        """
        self.arguments, self._began = tuple(arguments), time.monotonic()
        self.out, self.err = folder / f"{time.monotonic_ns()}.out", folder / f"{time.monotonic_ns()}.err"
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(self.arguments, self.out, self.err, cwd)
        self._process = os.pidfd_open(self.pid)

    def reaches(self, text: str, seconds: float = 5 * MOST_SECONDS) -> bool:
        """Wait until the command has printed a text. False: it ended without it, or the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.out.exists() and text in self.out.read_text(errors="replace"):
                return True
            if select.select([self._process], [], [], 0.02)[0]:
                return text in self.out.read_text(errors="replace")
        return False

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return not select.select([self._process], [], [], 0)[0]

    def kill(self) -> None:
        """Kill it as a lack of memory does."""
        signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def told(self) -> Told:
        """Wait for its end; kill it when it hangs."""
        crowd = max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))
        hung = not select.select([self._process], [], [], MOST_SECONDS * crowd)[0]
        if hung:
            self.kill()
        _, status = os.waitpid(self.pid, 0)
        os.close(self._process)
        took = time.monotonic() - self._began
        code = os.waitstatus_to_exitcode(status)
        out, err = (file.read_text(errors="replace") if file.exists() else "" for file in (self.out, self.err))
        return Told(" ".join(("rts-search", *self.arguments)), code, out, err, took)


def told(arguments: Sequence[str], folder: Path, cwd: Path | None = None) -> Told:
    """Run a command to its end."""
    return Running(arguments, folder, cwd).told()


def _become(arguments: Sequence[str], out: Path, err: Path, cwd: Path | None) -> None:
    """Be the command, in a child. Never returns."""
    code = 70
    try:
        for number, file in ((1, out), (2, err)):
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(opened, number)
        sys.stdin.close()
        sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
        if cwd is not None:
            os.chdir(cwd)
        sys.argv = ["rts-search", *arguments]
        from rts_search.cli import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def load_everything() -> None:
    """Import what the commands need, so that each fork has it."""
    import pandas
    import pyarrow.parquet
    import torch

    import rts_search.operations.confirm
    import rts_search.operations.launch
    import rts_search.operations.model_check
    import rts_search.operations.restore
    import rts_search.running.executors.inline
    import rts_search.store.verification
    import trainables.worker

    torch.set_num_threads(1)
    json.dumps((pandas.__name__, pyarrow.__name__, rts_search.__name__, trainables.__name__))
