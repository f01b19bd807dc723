"""Reads the tables in a text in Markdown, as `formats.markdown_table` writes them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"[-+±]?[\d,.]+(\s*(%|± [\d.]+ ?%?))?")
CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class MarkdownTable:
    """One table."""

    head: list[str]
    rows: list[list[str]]

    def column(self, place: int) -> list[str]:
        """The cells of a column, without its head."""
        return [row[place] for row in self.rows]


def blocks(text: str) -> list[str | MarkdownTable]:
    """The parts of a text in its order: a table each, and the text before, between and after them."""
    parts: list[list[str]] = []
    for line in text.splitlines():
        is_table = line.startswith("|")
        if parts and parts[-1][0].startswith("|") == is_table:
            parts[-1].append(line)
        else:
            parts.append([line])
    filled = [lines for lines in parts if any(line.strip() for line in lines)]
    return [_table(lines) if lines[0].startswith("|") else "\n".join(lines) for lines in filled]


def tables_in(text: str) -> list[MarkdownTable]:
    """The tables of a text."""
    return [block for block in blocks(text) if isinstance(block, MarkdownTable)]


def holds_numbers(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, which are aligned on the right. cells: those of the column, without its head."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(NUMBER.fullmatch(cell) for cell in filled)


def _table(lines: Sequence[str]) -> MarkdownTable:
    head, _, *rows = (_cells(line) for line in lines)
    return MarkdownTable(head, rows)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in CELLS.split(line.strip()[1:-1])]
