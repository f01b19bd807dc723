"""A field of the form, and a section of it. What a field may hold and means is in the schema of sweep files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from rts_search.server.form.schema_facts import Facts, facts_of

Kind = Literal["text", "number", "choice", "names", "domain", "section"]
"""How a field is shown: a line of text, a number, one name of several, any of several names, a range to search, or
whether a section is there at all."""


@dataclass(frozen=True)
class Field:
    """One setting of a sweep file with a field in the form."""

    place: str
    """Its dotted place in the sweep file."""
    label: str
    shown_as: Kind | None = None
    """Its kind, where the schema does not tell it."""
    only: Mapping[str, Sequence[str]] | None = None
    """Place of another field -> its values with which this one is used; it is hidden with others. None: always."""
    suggestions: str = ""
    """Name of the list of values that the page offers for it; empty where there is none."""
    example: Any = None
    """Of a domain: the range with which it begins when a user searches it."""

    @cached_property
    def facts(self) -> Facts:
        """What the schema says of it."""
        return facts_of(self.place)

    @property
    def kind(self) -> Kind:
        """How it is shown."""
        facts = self.facts
        if self.shown_as is not None:
            return self.shown_as
        if facts.options:
            return "choice"
        return "number" if facts.number else "text"

    @property
    def hint(self) -> str:
        """What is said below it: without the list of names that it offers anyway."""
        if self.kind not in ("choice", "names"):
            return self.facts.hint
        sentence = re.split(r"(?<=\.)\s", self.facts.hint)[0]
        begin, colon, _ = sentence.partition(": ")
        return f"{begin}." if colon and " " in begin and "(" not in begin else sentence

    @property
    def default(self) -> str:
        """What counts when nothing is entered; empty where that is no value."""
        return "" if self.facts.optional_section and self.only is None else self.facts.default

    @property
    def id(self) -> str:
        """The name of its element in the page."""
        return self.place.replace(".", "-")


@dataclass(frozen=True)
class Group:
    """A section of the form, which opens and closes."""

    title: str
    fields: Sequence[Field]
    open: bool = False
    """Whether it is open at first."""
    hint: str = ""
