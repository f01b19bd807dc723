"""The last lines of what a sweep's driver has printed."""

from pathlib import Path

MOST_BYTES = 16_384
"""At most so much of the end of a log is read."""


def log_tail(log: Path, lines: int = 12) -> list[str]:
    """The last lines of a log without empty ones; none where there is no log, or it cannot be read."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_BYTES))
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    found = [line.rstrip() for line in text.splitlines() if line.strip()]
    return ["".join(sign for sign in line if sign.isprintable())[:300] for line in found[-lines:]]
