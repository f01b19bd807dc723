"""Tables are written so that every reader gets their cells back."""

import io

import pandas as pd

from rts_search.analysis.formats import markdown_table, parquet


def test_a_markdown_table_has_a_line_for_each_row() -> None:
    assert markdown_table(["trial", "val_acc"], [["3", "91 %"], ["0 (sgd)", ""]]) == [
        "| trial | val_acc |",
        "| --- | --- |",
        "| 3 | 91 % |",
        "| 0 (sgd) |  |",
    ]


def test_a_bar_or_a_line_break_in_a_cell_does_not_end_it() -> None:
    assert markdown_table(["reason"], [["a|b\nc"]])[-1] == "| a\\|b c |"


def test_a_parquet_file_holds_the_columns_alone() -> None:
    frame = pd.DataFrame({"number": [3, 0], "val_acc": [0.5, None]}, index=[7, 9])
    read = pd.read_parquet(io.BytesIO(parquet(frame)))
    pd.testing.assert_frame_equal(read, frame.reset_index(drop=True))
