"""Prints lines for a person: on a terminal they are folded between words, and a command to copy stays in one piece."""

import re
import shutil
import sys

import typer

PIECES = re.compile(r"`[^`]*`\S*|(?:(?<=: )|^)rts-search .*$|\S+")
"""What is never broken: a command in backquotes, a command at the end of a line, a word."""
NARROWEST = 20


def say(line: str, err: bool = False) -> None:
    """Print a line. err: on standard error."""
    stream = sys.stderr if err else sys.stdout
    typer.echo(fold(line, terminal_width()) if stream.isatty() else line, err=err)


def terminal_width() -> int:
    """Columns of the terminal; $COLUMNS if set, 80 where it cannot be known."""
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def fold(line: str, width: int) -> str:
    """Break a line between words into lines of at most this width; the later ones are indented.

    A command that does not fit into the rest of a line gets a line of its own, from the first column on. It is the only
    thing that may be longer than the width: the terminal shows it on several rows, but it is copied as one line.
    """
    if len(line) <= width:
        return line
    start = line[: len(line) - len(line.lstrip())]
    indent, lines, alone = start + "  ", [start], False
    for piece in PIECES.findall(line):
        gap = "" if not lines[-1].strip() else " "
        command = "rts-search " in piece
        if not alone and len(lines[-1]) + len(gap) + len(piece) <= width:
            lines[-1] += gap + piece
        else:
            lines.append(piece if command else indent + piece)
        alone = command and lines[-1] == piece
    return "\n".join(lines)
