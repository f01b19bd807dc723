"""The mistakes in a sweep file, each with the place and the line where it can be corrected."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from rts_search.basics.errors import UserError
from rts_search.sweep.yaml_edit import line_of
from rts_search.sweep.yaml_reader import nodes_and_value

_AT_LINE = re.compile(r"[^:]+: line (\d+), (.+)", re.DOTALL)
"""A text that is no YAML: source, line, column and rule."""
_AT_PLACE = re.compile(r"[^:]+: ([a-z_]+(?:\.\w+)*): (.+)", re.DOTALL)
"""A mistake in one line: source, place, rule and value."""


class Mistake(BaseModel):
    """One mistake in a sweep file."""

    place: str
    """Dotted place of the setting; empty when the file as a whole is meant."""
    text: str
    """Which rule it breaks, and what was given."""
    line: int | None
    """Line of the file, counted from 1; null when the file does not have the setting."""


def mistakes_of(error: UserError, text: str) -> list[Mistake]:
    """All mistakes that an error of the check reports. `text`: the sweep file."""
    try:
        node, _ = nodes_and_value(text, "")
    except UserError:
        node = None
    found = []
    for place, said in dict.fromkeys(_all(error)):
        told = _AT_LINE.fullmatch(said) if node is None else None
        line = int(told[1]) if told else line_of(node, place)
        found.append(Mistake(place=place, text=told[2] if told else said, line=line))
    return found


def _all(error: UserError) -> Iterator[tuple[str, str]]:
    """Place and text of each mistake."""
    for line in (str(error), *error.more):
        match = _AT_PLACE.fullmatch(line)
        yield (match[1], match[2]) if match else ("", line)
