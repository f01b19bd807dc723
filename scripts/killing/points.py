"""Cases without Ray that strike at a write: just before the commit of a transaction, or before a file gets its name.

Every command runs in a fork of this process, which has loaded everything. Between two neighbouring writes nothing
changes on disk but unnamed files, so that these cases come to every state in which a kill can leave a sweep.
"""

import contextlib
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.killing import figures
from scripts.killing.cases import INTERRUPTED, MOST_RESUMES, Outcome, next_command
from scripts.killing.sweeps import CONFIRM_OPTIONS, KINDS, SERIAL_KIND, Kind, differing, epochs_told, records, tables

VICTIMS = ("SIGKILL at a write", "SIGKILL at a write", "SIGTERM at a write", "SIGINT at a write")
COMMANDS = ("launch", "launch", "launch", "confirm")
OTHERS = tuple(kind for kind in KINDS if kind.name in ("sparse", "confirmed"))
COMMAND_SECONDS = 240.0


class Forked:
    """A command of `rts-search` in a fork of this process."""

    def __init__(self, words: list[str], folder: Path, number: int | None = None, at: int = 0) -> None:
        """Run it to its end.

        Args:
            words: the command.
            folder: for its output.
            number: the signal that it sends to itself.
            at: before which write, counted from 1.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = str(time.monotonic_ns())
        self._out, self._count = folder / f"{name}.out", folder / f"{name}.writes"
        began, pid = time.monotonic(), os.fork()
        if pid == 0:
            self._be(words, number, at)
        self.code = _waited(pid)
        self.seconds = time.monotonic() - began
        self.out = self._out.read_text(errors="replace")

    @property
    def writes(self) -> int:
        """Number of its writes, if it was not killed."""
        return int(self._count.read_text())

    def _be(self, words: list[str], number: int | None, at: int) -> None:
        from rts_search.cli import main

        opened = os.open(self._out, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, 1)
        os.dup2(opened, 2)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code, count = 1, [0]
        try:
            _before_writes(count, number, at)
            sys.argv = ["rts-search", *words]
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            self._count.write_text(str(count[0]))
            sys.stdout.flush()
            os._exit(code)


def _before_writes(count: list[int], number: int | None, at: int) -> None:
    """Count the writes of this process, and send it a signal before one of them."""
    from sqlalchemy import Engine, event

    def note(*_: Any) -> None:
        count[0] += 1
        if count[0] == at and number is not None:
            os.kill(os.getpid(), number)

    event.listen(Engine, "commit", note)
    for name in ("replace", "rename", "link"):
        setattr(os, name, _noting(getattr(os, name), note))


def _noting(function: Callable[..., Any], note: Callable[[], None]) -> Callable[..., Any]:
    def noting(*arguments: Any, **named: Any) -> Any:
        note()
        return function(*arguments, **named)

    return noting


def _waited(pid: int) -> int:
    """The exit code of a child; minus the signal that has ended it. One that hangs is killed."""
    deadline = time.monotonic() + COMMAND_SECONDS
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)  # our child, which nobody has waited for
    os.waitpid(pid, 0)
    return 124


class Place:
    """One sweep in one results folder, without Ray."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.results, self._logs = kind, folder / "results", folder / "logs"
        folder.mkdir(parents=True)
        self._file = str(kind.file(folder))

    def run(self, command: str, number: int | None = None, at: int = 0) -> Forked:
        """Run launch, resume or confirm."""
        target = self._file if command == "launch" else self.kind.name
        more = CONFIRM_OPTIONS if command == "confirm" and not self.kind.confirms else ()
        if command == "launch":
            more = self.kind.changes
        words = [command, target, "--executor", "inline", "--results", str(self.results), *more]
        return Forked(words, self._logs, number, at)

    def tell(self, command: str, *options: str) -> Forked:
        """Run check, table or report."""
        of_file = command == "check"
        target = [self._file, *self.kind.changes] if of_file else [self.kind.name, "--results", str(self.results)]
        return Forked([command, *target, *options], self._logs)


def load_everything() -> None:
    """Import what the commands need, so that their forks need not. With one thread, a fork can use torch."""
    import torch

    import rts_search.cli.live_display
    import rts_search.operations.confirm
    import rts_search.operations.launch
    import rts_search.running.executors.inline
    import rts_search.running.sweep_run  # noqa: F401

    torch.set_num_threads(1)


def run(folder: Path, number: int, seed: int, only: int | None) -> list[Outcome]:
    """Run the cases, and print each."""
    load_everything()
    expected, writes = dict[str, dict[str, dict[str, str]]](), dict[str, dict[str, int]]()
    for kind in (SERIAL_KIND, *OTHERS):
        place = Place(kind, folder / f"reference-{kind.name}")
        expected[kind.name], writes[kind.name] = {}, {}
        for command in ("launch",) if kind.confirms else ("launch", "confirm"):
            done = place.run(command)
            if done.code != 0:
                raise SystemExit(f"the reference of {kind.name}: {done.out}")
            expected[kind.name][command], writes[kind.name][command] = tables(kind, place.results), done.writes
    print(f"writes of the references: {writes}", flush=True)
    found = []
    for case_number in range(number) if only is None else (only,):
        chance = random.Random(f"points {seed}/{case_number}")
        kind = chance.choice((SERIAL_KIND, SERIAL_KIND, *OTHERS))
        command = "launch" if kind.confirms else chance.choice(COMMANDS)
        victim = VICTIMS[case_number % len(VICTIMS)]
        at = chance.randint(1, writes[kind.name][command])
        again = chance.randint(1, writes[kind.name][command]) if chance.random() < 0.3 else 0
        outcome, where = Outcome(victim), folder / str(case_number)
        strike(Place(kind, where), command, at, again, expected[kind.name][command], outcome)
        if not outcome.wrong:
            shutil.rmtree(where)
        found.append(outcome)
        more = f", and a kill of the next command at {again}" if again else ""
        print(figures.line(case_number, seed, f"{kind.name} {command}: {victim} {at}{more}", outcome), flush=True)
    return found


def strike(place: Place, command: str, at: int, again: int, expected: dict[str, str], outcome: Outcome) -> None:
    """Run a command that is struck before its write `at`, go on to the end, and compare the tables.

    again: write before which the command that goes on is killed; 0 for none.
    """
    if command == "confirm":
        place.run("launch")
    number = getattr(signal, outcome.victim.partition(" ")[0])
    struck = place.run(command, number, at)
    known = records(place.results)
    outcome.epochs = epochs_told(place.results)
    outcome.code, outcome.last_line = struck.code, (struck.out.strip().splitlines() or [""])[-1]
    killed = number == signal.SIGKILL
    outcome.struck = struck.code == -signal.SIGKILL if killed else struck.code != 0
    if struck.code not in (0, -signal.SIGKILL if killed else INTERRUPTED):
        outcome.wrong.append(f"exit code {struck.code}")
    if "Traceback" in struck.out:
        outcome.wrong.append("traceback")
    folder = place.results / place.kind.name
    if struck.code == INTERRUPTED and (folder / "sweep.yaml").exists() and not (folder / "trials.csv").exists():
        outcome.wrong.append("no tables")
    code = struck.code
    for _ in range(MOST_RESUMES):
        following = next_command(place.kind, place.results, command, code)
        if not following:
            break
        went_on = place.run(following, signal.SIGKILL, again)
        again, code = 0, went_on.code
        if went_on.code not in (0, -signal.SIGKILL):
            outcome.wrong.append(f"{following} ends with {went_on.code}: {went_on.out[-300:]}")
            return
    with contextlib.suppress(FileNotFoundError):
        if different := differing(tables(place.kind, place.results), expected):
            outcome.wrong.append(f"differ: {', '.join(different)}")
    now = records(place.results)
    outcome.again = sum(now.get(path, 0) != written for path, written in known.items())
