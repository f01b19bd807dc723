"""Runs commands on terminals of several widths, and keeps what stands on the screen and how long they were silent.

    python scripts/terminal_captures.py [--widths 60 80 120] [--executor inline] [--write]

It launches a small sweep of the digits in a folder of its own, and asks for its status, table and confirmation. For
each command and width it shows the screen in the middle and at the end, and the longest time in which nothing was
written: while a command waits, the line with its phase moves several times a second. With --write, this becomes
docs/terminal.md. The numbers depend on the machine and on what else it does, so they are not tested.
"""

import argparse
import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SMALL = ("--set", "search.trials=3", "--set", "training.epochs=4")
COMMANDS = {
    "launch": ("launch", "digits", *SMALL),
    "status": ("status", "digits"),
    "table": ("table", "digits"),
    "list": ("list",),
    "confirm": ("confirm", "digits", "--top-k", "2", "--seeds", "3"),
}
WITH_MIDDLE = ("launch", "confirm")
"""Commands with a live display."""
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "terminal.md"
HEAD = """\
# What the terminal shows

[All documents](README.md)

Every line fits the width of the terminal; only a command to copy may be longer, and then has a line of its own. A table
that is too wide breaks its cells, then leaves columns out and names them. While a command waits, a line says for what.
These are real captures at 60, 80 and 120 columns, by `python scripts/terminal_captures.py --write`.
The trials were trained in the process of the command (`--executor inline`).
"""
LINES = 60
LONGEST_SECONDS = 1800.0
CODES = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b.?")
FRAME_SECONDS = 0.5
"""Time between two pictures of the screen."""


@dataclass
class Screen:
    """What a terminal shows: text, line ends, and the few codes with which a live display moves and erases."""

    rows: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0

    def write(self, text: str) -> None:
        """Show what a program has written."""
        for code in CODES.finditer(text):
            piece = code.group(0)
            if piece == "\n":
                self.row += 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
            elif piece == "\r":
                self.column = 0
            elif code.group(2) == "A":
                self.row = max(0, self.row - int(code.group(1) or 1))
            elif code.group(2) == "K":
                self.rows[self.row] = "" if code.group(1) == "2" else self.rows[self.row][: self.column]
            elif not piece.startswith("\x1b"):
                old = self.rows[self.row].ljust(self.column)
                self.rows[self.row] = old[: self.column] + piece + old[self.column + len(piece) :]
                self.column += len(piece)

    @property
    def last_line(self) -> str:
        """The last line that has text."""
        return next((row.strip() for row in reversed(self.rows) if row.strip()), "(nothing)")

    def __str__(self) -> str:
        return "\n".join(row.rstrip() for row in self.rows).rstrip()


@dataclass
class Captured:
    """What a command has shown, and how long it was silent."""

    code: int
    """Its exit code."""
    frames: list[str]
    last: str
    heard: list[float]
    """When it has written, by time.monotonic()."""
    silence: float
    before: str
    """The last line that was shown before the longest silence."""
    seconds: float


def captured(
    arguments: Sequence[str], width: int, typed: str = "", environment: Mapping[str, str] = os.environ
) -> Captured:
    """Run `rts-search` with these arguments on a terminal of this width, to its end. typed: what answers a question."""
    began = time.monotonic()
    pid, terminal = _started(arguments, width, environment)
    screen, frames, heard, silence, before = Screen(), [""], [began], 0.0, ""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while time.monotonic() - began < LONGEST_SECONDS:
        ready = bool(select.select([terminal], [], [], FRAME_SECONDS)[0])
        try:
            data = os.read(terminal, 65536) if ready else None
        except OSError:  # the program has closed the terminal
            break
        now = time.monotonic()
        if data is not None:
            if now - heard[-1] > silence:
                silence, before = now - heard[-1], screen.last_line
            heard.append(now)
            screen.write(decoder.decode(data))
            if typed and screen.last_line.endswith("]"):  # a question such as: delete it? [y/N]
                os.write(terminal, typed.encode())
                typed = ""
        if now - began > FRAME_SECONDS * len(frames):
            frames.append(str(screen))
    os.close(terminal)  # ends a program that has taken too long
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return Captured(code, frames, str(screen), heard, silence, before, time.monotonic() - began)


def _started(arguments: Sequence[str], width: int, environment: Mapping[str, str]) -> tuple[int, int]:
    """Start `rts-search` on a new terminal. Returns the number of the process and the other end of the terminal."""
    terminal, end = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, width, 0, 0))
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.ttyname(end), os.O_RDWR, 0),  # becomes the terminal of the new session
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    shown = {**environment, "TERM": "xterm-256color", "COLUMNS": str(width), "LINES": str(LINES)}
    command = [sys.executable, "-m", "rts_search.cli", *arguments]
    pid = os.posix_spawn(sys.executable, command, shown, file_actions=actions, setsid=True)
    os.close(end)
    return pid, terminal


def of_width(width: int) -> dict[str, Captured]:
    """Each command on a terminal of this width, one after the other, in one folder."""
    paths = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        environment = {**os.environ, "PYTHONPATH": paths}
        return {name: captured(words, width, environment=environment) for name, words in COMMANDS.items()}


def page(found: Mapping[int, Mapping[str, Captured]]) -> str:
    """The captures of each width as a document."""
    parts = [HEAD.strip()]
    for name, words in COMMANDS.items():
        parts.append(f"## {name}\n\n`rts-search {' '.join(words)}`")
        for width, of in found.items():
            if name in WITH_MIDDLE:
                middle = of[name].frames[len(of[name].frames) * 2 // 3]
                parts.append(f"{width} columns, while it runs:\n\n```text\n{middle}\n```")
            parts.append(f"{width} columns, at its end:\n\n```text\n{of[name].last}\n```")
    return "\n\n".join(parts) + "\n"


def times(found: Mapping[int, Mapping[str, Captured]]) -> str:
    """How long each command took and was silent. It depends on what else the machine does, here given as its load."""
    lines = [f"{len(os.sched_getaffinity(0))} CPUs, mean load over five minutes {os.getloadavg()[1]:.1f}"]
    for width, of in found.items():
        for name, one in of.items():
            wide = max(map(len, one.last.splitlines()), default=0)
            lines.append(
                f"{name:8} {width:4} columns: {one.seconds:6.1f} s, longest silence {one.silence:5.2f} s after "
                f"{one.before[:60]!r}; widest line {wide}"
            )
    return "\n".join(lines)


def main() -> None:
    """Print the captures, or write the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=int, nargs="+", default=[60, 80, 120])
    parser.add_argument("--executor", default="inline")
    parser.add_argument("--write", action="store_true", help="write docs/terminal.md")
    options = parser.parse_args()
    os.environ["RTS_SEARCH_EXECUTOR"] = options.executor
    found = {width: of_width(width) for width in options.widths}
    if options.write:
        PAGE.write_text(page(found), encoding="utf-8")
    else:
        print(page(found))
    print(times(found))


if __name__ == "__main__":
    main()
