"""Tables with what they show, as Markdown and as a section of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from rts_search.analysis.formats import markdown_table


@dataclass(frozen=True)
class TextTable:
    """A table of texts. The first column names the row."""

    caption: str
    """What it holds, for readers who cannot see it."""
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A heading, tables, and sentences that explain them."""

    title: str
    tables: Sequence[TextTable]
    explained: str

    def markdown(self) -> str:
        """The tables, then the explanation."""
        lines: list[str] = []
        for table in self.tables:
            lines += [*markdown_table(table.head, table.rows), ""]
        return "\n".join([*lines, self.explained])
