"""The last lines of what a sweep's drivers have printed."""

import shlex
from collections.abc import Sequence
from pathlib import Path

COMMAND = "$ rts-search "
"""Begin of the line in a log that says which command printed what follows."""
AGAIN = " The same command begins again: "
"""What the last line of a command that was stopped ends with, before the command."""
MOST_BYTES = 16_384
"""At most so much of the end of a log is read."""
MOST_CHARACTERS = 300
"""A longer line is cut."""


def note_command(log: Path, arguments: Sequence[str]) -> None:
    """Write a line with a command into a log, before the command prints anything. Raises: OSError."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{COMMAND}{shlex.join(arguments)}\n")


def log_tail(log: Path, lines: int = 12) -> list[str]:
    """The last lines of a log without empty ones; none where there is no log, or it cannot be read."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_BYTES))
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return [_shown(line) for line in text.splitlines() if line.strip()][-lines:]


def of_last_command(lines: list[str]) -> list[str]:
    """The lines that the last command has printed; all of them where no command is named."""
    begins = [number for number, line in enumerate(lines, 1) if line.startswith(COMMAND)]
    return lines[begins[-1] :] if begins else lines


def _shown(line: str) -> str:
    text = "".join(sign for sign in line.rstrip() if sign.isprintable())
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} \u2026"
