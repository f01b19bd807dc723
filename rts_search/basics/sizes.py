"""Sizes, times, counts and lists as people write them: `20GB` to bytes, `1.5 GB`, `1.5 min`, `2 runs`, `a, b and c`."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from trainables.core.settings.section import require

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
MOST_BYTES = 10**18
FORM = re.compile(r"(\d+(?:\.\d+)?) *([KMGT]?B)", re.IGNORECASE)


def bytes_of(size: str) -> int:
    """Bytes of a size such as 500MB. Raises: ConfigError with an empty place."""
    found = FORM.fullmatch(size.strip())
    amount = float(found[1]) * UNITS[found[2].upper()] if found is not None else 0.0
    require(round(min(amount, 1.0)) > 0, "", "must be a size above 0, such as 500MB, 20GB or 1.5TB", size)
    require(amount <= MOST_BYTES, "", "must be at most 1,000,000TB", size)
    return round(amount)


def shown_size(amount: int) -> str:
    """Bytes in the largest unit that gives a number of at least 1, such as 1.5 GB."""
    name, unit = max(((name, unit) for name, unit in UNITS.items() if unit <= max(amount, 1)), key=lambda pair: pair[1])
    return f"{amount / unit:.1f} {name}" if unit > 1 else f"{amount} B"


def shown_time(seconds: float) -> str:
    """Seconds as text in seconds, minutes or hours, such as 1.5 min."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def counted(number: float, what: str) -> str:
    """A number with its noun in singular or plural: 1 run, 2 runs, 0.5 GPUs, 3 processes."""
    shown = f"{number:g}" if isinstance(number, float) else f"{number:,}"
    return f"{shown} {what}{'' if number == 1 else 'es' if what.endswith('s') else 's'}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence: `a`, `a and b`, `a, b and c`. Empty without any."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _checked(size: str) -> str:
    bytes_of(size)
    return size


Size = Annotated[str, AfterValidator(_checked)]
