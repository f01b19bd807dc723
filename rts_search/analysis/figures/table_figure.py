"""A table as a figure, so that it can be saved as a picture."""

import math
import textwrap
from html import escape

from rts_search.analysis.figures.figure import Figure
from rts_search.analysis.markdown_tables import MarkdownTable, holds_numbers

LETTER, BOLD, LINE, PAD = 7.6, 8.6, 17, 13
"""Pixels of a letter in width, of a bold one, of a line in height, and between text and the edge of its cell."""
LAST = 6
"""Pixels below the last row, so that its line is there although the head is a little higher than asked."""
WIDEST = 380
"""Pixels of the widest column. Longer cells are broken into lines."""
RULE, GREY = "#c8ccd2", "#f1f3f5"


def table_figure(table: MarkdownTable, title: str) -> Figure:
    """Draw a table with all its columns and rows, as wide and as high as they need."""
    columns = [table.column(place) for place in range(len(table.head))]
    widths = [
        2 * PAD + min(WIDEST, math.ceil(max(BOLD * len(name), *(LETTER * len(cell) for cell in cells), 0)))
        for name, cells in zip(table.head, columns, strict=True)
    ]
    lines = [1, *(max(len(_lines(cell)) for cell in row) for row in table.rows)]
    style = {
        "align": ["right" if holds_numbers(cells) else "left" for cells in columns],
        "height": LINE + PAD,
        "line": {"color": RULE, "width": 1},
    }
    trace = {
        "type": "table",
        "columnwidth": widths,
        "header": {"values": [f"<b>{escape(name)}</b>" for name in table.head], "fill": {"color": GREY}, **style},
        "cells": {
            "values": [["<br>".join(map(escape, _lines(cell))) for cell in cells] for cells in columns],
            "fill": {"color": "white"},
            **style,
        },
    }
    layout = {
        "width": sum(widths) + 2 * PAD,
        "height": sum(LINE * number + PAD for number in lines) + LAST + 2 * PAD,
        "margin": {"l": PAD, "r": PAD, "t": PAD, "b": PAD},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "black"},
    }
    return Figure(title, f"{len(table.rows)} rows: {', '.join(filter(None, table.head))}.", [trace], layout)


def _lines(text: str) -> list[str]:
    """A text in lines that fit into the widest column."""
    return textwrap.wrap(text, int(WIDEST / LETTER), break_long_words=True) or [""]
