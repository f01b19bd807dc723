"""Tables are read back from Markdown as they were written."""

from rts_search.analysis.formats import markdown_table
from rts_search.analysis.markdown_tables import MarkdownTable, blocks, holds_numbers, tables_in

HEAD, ROWS = ["trial", "reason", ""], [["3", "out of | memory", ""], ["12 (sgd)", "", "good"]]


def test_a_table_is_read_as_it_was_written() -> None:
    [table] = tables_in("\n".join(["# mine", "", *markdown_table(HEAD, ROWS), "", "Ranked."]))
    assert table == MarkdownTable(HEAD, ROWS)
    assert table.column(1) == ["out of | memory", ""]


def test_the_parts_of_a_text_keep_their_order() -> None:
    table = markdown_table(HEAD, ROWS)
    parts = blocks("\n".join(["Before.", "", *table, "", "Between.", "", *table]))
    assert [part if isinstance(part, str) else "table" for part in parts] == [
        "Before.\n",
        "table",
        "\nBetween.\n",
        "table",
    ]


def test_numbers_are_told_from_words() -> None:
    assert holds_numbers(["98.05 ± 0.83 %", "+0.56", "", "12,345"])
    assert not holds_numbers(["12 (sgd)", "3"])
    assert not holds_numbers(["", ""]), "an empty column holds no numbers"
