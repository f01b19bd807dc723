"""Runs commands on terminals of several widths, and prints what stands on the screen and how long they were silent.

    python scripts/terminal_captures.py [--widths 60 80 120] [--executor inline]

It launches a small sweep of the digits in a folder of its own, and asks for its status, table and confirmation. For
each command and width it prints the screen in the middle and at the end, and the longest time in which nothing was
written: while a command waits, the line with its phase moves several times a second. The numbers depend on the machine
and on what else it does, so they are printed and not tested.
"""

import argparse
import codecs
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

SMALL = ("--set", "search.trials=3", "--set", "training.epochs=4")
COMMANDS = {
    "launch": ("launch", "digits", *SMALL),
    "status": ("status", "digits"),
    "table": ("table", "digits"),
    "list": ("list",),
    "confirm": ("confirm", "digits", "--top-k", "2", "--seeds", "3"),
}
LINES = 60
LONGEST_SECONDS = 300.0
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
    """Run `rts-search` with these arguments on a terminal of this width, to its end. typed: what is typed meanwhile."""
    began = time.monotonic()
    pid, terminal = _started(arguments, width, environment)
    os.write(terminal, typed.encode())
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


def main() -> None:
    """Print the captures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=int, nargs="+", default=[60, 80, 120])
    parser.add_argument("--executor", default="inline")
    options = parser.parse_args()
    os.environ["RTS_SEARCH_EXECUTOR"] = options.executor
    told = []
    for width in options.widths:
        with tempfile.TemporaryDirectory() as results:
            for name, arguments in COMMANDS.items():
                found = captured((*arguments, "--results", results), width)
                middle = found.frames[len(found.frames) * 2 // 3]
                print(
                    f"\n=== {name}, {width} columns, in the middle\n{middle}" if name in ("launch", "confirm") else ""
                )
                print(f"=== {name}, {width} columns, at the end\n{found.last}")
                wide = max(map(len, found.last.splitlines()), default=0)
                told.append(
                    f"{name:8} {width:4} columns: {found.seconds:6.1f} s, longest silence {found.silence:4.1f} s after "
                    f"{found.before[:60]!r}; widest line {wide}"
                )
    print("\n" + "\n".join(told))


if __name__ == "__main__":
    main()
