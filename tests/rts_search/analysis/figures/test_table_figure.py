"""A table as a figure has every cell, and room for each."""

from rts_search.analysis.figures.table_figure import WIDEST, table_figure
from rts_search.analysis.markdown_tables import MarkdownTable

TABLE = MarkdownTable(["trial", "settings"], [["3", "radius <b>1"], ["12", "scale 0.5, " * 20]])


def test_every_cell_is_shown_as_it_is() -> None:
    [trace] = table_figure(TABLE, "mine").data
    assert trace["header"]["values"] == ["<b>trial</b>", "<b>settings</b>"]
    numbers, texts = trace["cells"]["values"]
    assert numbers == ["3", "12"]
    assert texts[0] == "radius &lt;b&gt;1", "no text of a sweep becomes a tag"
    assert texts[1].replace("<br>", " ") == TABLE.rows[1][1].strip()
    assert trace["cells"]["align"] == ["right", "left"]


def test_a_long_cell_is_broken_and_its_row_is_higher() -> None:
    long = table_figure(TABLE, "mine")
    short = table_figure(MarkdownTable(TABLE.head, [TABLE.rows[0], ["12", "scale 0.5"]]), "mine")
    assert long.layout["height"] > short.layout["height"]
    assert long.data[0]["columnwidth"][1] < WIDEST + 50


def test_a_table_without_rows_is_drawn_too() -> None:
    assert table_figure(MarkdownTable(["trial"], []), "mine").layout["width"] > 0
