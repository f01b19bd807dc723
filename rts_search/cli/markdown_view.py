"""Prints Markdown: rendered on a terminal, with tables that fit its width, and as plain text elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from rts_search.analysis.markdown_tables import blocks, holds_numbers
from rts_search.cli.lines import terminal_width

FIRST_DROPPED = (
    "interval (bootstrap)",
    "Holm p",
    "settings",
    "its settings",
    "seeds",
    "epochs",
    "duration",
    "started",
    "model",
    "data set",
    "cost",
    "its cost",
    "stopped early",
    "completed",
    "spent",
    "charged",
    "level",
    "interval (t)",
    "gradient evaluations",
)
"""Columns that a narrow terminal does without, the first of these first; then those on the right."""
GAP = 2
"""Spaces between two columns."""
LONGEST_WORD = 20
"""Longer words, such as names of sweeps, may be broken where a table is too wide."""
MOST_LINES = 4
"""Lines that a cell may take before a column is dropped instead."""


def print_markdown(text: str) -> None:
    """Print Markdown."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        typer.echo(text)
        return
    from rich.markdown import Markdown

    for place, block in enumerate(blocks(text)):
        if place:
            typer.echo("")
        if isinstance(block, str):
            console.print(Markdown(block))
        else:
            typer.echo("\n".join(fitted(block.head, block.rows, terminal_width())))
    if not text.endswith("\n\n"):
        typer.echo("")


@dataclass(frozen=True)
class _Column:
    """A column of a table, and how wide it is and must be."""

    name: str
    cells: Sequence[str]

    @property
    def least(self) -> int:
        """Width of its longest word, up to LONGEST_WORD."""
        longest = max(len(word) for cell in (self.name, *self.cells) for word in (cell.split() or [""]))
        return min(longest, LONGEST_WORD)

    @property
    def most(self) -> int:
        """Width without a break."""
        return max(len(cell) for cell in (self.name, *self.cells))

    @property
    def right(self) -> bool:
        """Whether it holds numbers, which are aligned on the right."""
        return holds_numbers(self.cells)


def fitted(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The lines of a table in at most this width. What is left out is said in the last line.

    Cells are broken between words first. Where that is not enough, columns are left out.
    """
    columns = [_Column(name, [row[place] for row in rows]) for place, name in enumerate(head)]
    dropped: list[str] = []
    while (widths := _widths(columns, width)) is None and len(columns) > 1:
        column = _least_needed(columns)
        columns.remove(column)
        dropped.append(column.name)
    widths = widths or [width]
    lines = _row([column.name for column in columns], columns, widths)
    lines.append((" " * GAP).join("─" * wide for wide in widths))
    for place in range(len(rows)):
        lines += _row([column.cells[place] for column in columns], columns, widths)
    if dropped:
        shown = ", ".join(name for name in head if name in dropped)
        lines += _wrapped(f"Not shown in {width} columns: {shown}. A wider terminal or --json has them.", width)
    return lines


def _widths(columns: Sequence[_Column], width: int) -> list[int] | None:
    """The widths of the columns; None when their longest words do not fit, or cells would be broken too often."""
    widths, room = [column.most for column in columns], width - GAP * (len(columns) - 1)
    while sum(widths) > room:
        slack = [wide - column.least for wide, column in zip(widths, columns, strict=True)]
        widest = max(range(len(columns)), key=lambda place: (slack[place] > 0, widths[place]))
        if slack[widest] <= 0:
            return None
        widths[widest] -= 1
    for wide, column in zip(widths, columns, strict=True):
        if any(len(_wrapped(cell, wide)) > MOST_LINES for cell in (column.name, *column.cells)) and len(columns) > 2:
            return None
    return widths


def _least_needed(columns: Sequence[_Column]) -> _Column:
    named = {column.name: column for column in columns[1:]}
    return next((named[name] for name in FIRST_DROPPED if name in named), columns[-1])


def _row(cells: Sequence[str], columns: Sequence[_Column], widths: Sequence[int]) -> list[str]:
    """The lines of one row."""
    parts = [_wrapped(cell, wide) for cell, wide in zip(cells, widths, strict=True)]
    lines = []
    for number in range(max(map(len, parts))):
        pieces = [part[number] if number < len(part) else "" for part in parts]
        padded = [
            piece.rjust(wide) if column.right else piece.ljust(wide)
            for piece, column, wide in zip(pieces, columns, widths, strict=True)
        ]
        lines.append((" " * GAP).join(padded).rstrip())
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False) or [""]
