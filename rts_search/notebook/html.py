"""Small pieces of HTML for notebooks: without styles from elsewhere, readable on light and on dark pages."""

from collections.abc import Iterable, Sequence
from html import escape

QUIET = "opacity:.7"
BOX = "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:.6em .9em;max-width:46em;line-height:1.5"
CELL = "padding:.1em .8em .1em 0;text-align:left;vertical-align:top"


def box(title: str, state: str, lines: Iterable[str]) -> str:
    """A frame with a title, a state beside it, and lines of HTML below."""
    head = f'<div><strong>{escape(title)}</strong> <span style="{QUIET}">{escape(state)}</span></div>'
    return f'<div style="{BOX}">{head}{"".join(f"<div>{line}</div>" for line in lines if line)}</div>'


def bar(done: float, total: float, told: str) -> str:
    """A progress bar with a text beside it. `total` 0: it is not known how much there is."""
    ends = f' value="{done:.3f}" max="{total:g}"' if total else ""
    return f'<progress style="width:14em;vertical-align:middle"{ends}></progress> {escape(told)}'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain texts."""
    lines = [_row("th", head), *(_row("td", row) for row in rows)]
    return f'<table style="border-collapse:collapse;background:none">{"".join(lines)}</table>'


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag} style={CELL!r}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def told(text: str) -> str:
    """A text as HTML."""
    return escape(text)
