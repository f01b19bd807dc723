"""Writes tables as Markdown, as CSV and as Parquet."""

import io
from collections.abc import Sequence

import pandas as pd


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(map(_cell, cells)) + " |" for cells in lines]


def _cell(text: str) -> str:
    """Put a text on one line and escape what would end the cell: the reason of a failed run may hold anything."""
    return " ".join(text.split("\n")).replace("|", "\\|")


def csv(frame: pd.DataFrame) -> str:
    """A table as the content of a CSV file, without its index."""
    return frame.to_csv(index=False, lineterminator="\n")


def parquet(frame: pd.DataFrame) -> bytes:
    """A table as the content of a Parquet file, without its index."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
