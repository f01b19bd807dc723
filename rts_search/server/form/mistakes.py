"""The mistakes in a sweep file, each with the place and the line where it can be corrected."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.validation_errors import broken_rules
from rts_search.sweep.yaml_edit import line_of
from rts_search.sweep.yaml_reader import nodes_and_value
from trainables.core.settings.section import ConfigError

_AT_LINE = re.compile(r"line (\d+)\b")
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
        told = _AT_LINE.search(said) if node is None else None
        found.append(Mistake(place=place, text=said, line=int(told[1]) if told else line_of(node, place)))
    return found


def _all(error: UserError) -> Iterator[tuple[str, str]]:
    """Place and text of each mistake."""
    validation = next((one for one in _chain(error) if isinstance(one, ValidationError)), None)
    if validation is not None and not error.more:
        for one in broken_rules(validation, SweepFile):
            yield one.place, _without_place(one)
        return
    for line in (str(error), *error.more):
        match = _AT_PLACE.fullmatch(line)
        yield (match[1], match[2]) if match else ("", line)


def _without_place(error: ConfigError) -> str:
    alone = ConfigError("", error.rule, error.value)
    return str(refused("", alone)).removeprefix(": ")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
