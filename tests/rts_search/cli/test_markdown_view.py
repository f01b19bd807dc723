"""A table fits the width of the terminal: cells are broken first, then columns are left out and named."""

import pytest

from rts_search.cli.markdown_view import fitted

HEAD = ["trial", "settings", "val_acc", "cost", "duration"]
ROWS = [
    ["3", "radius inverse_cosine 0.82→1.54, scale constant 0.5, from epoch 6", "98.61 % ± 0.20 %", "12,345", "3 min"],
    ["12 (sgd)", "", "97.2 %", "5,100", "50 s"],
]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_each_row_stays(width: int) -> None:
    lines = fitted(HEAD, ROWS, width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for shown in ("trial", "val_acc", "12 (sgd)", "97.2 %"):
        assert shown in text


def test_a_wide_terminal_shows_everything_in_one_line_each() -> None:
    head, _, *rows = fitted(HEAD, ROWS, 120)
    assert head.split() == HEAD
    assert len(rows) == 2
    assert "Not shown" not in rows[-1]


def test_what_is_left_out_is_named() -> None:
    text = " ".join(" ".join(fitted(HEAD, ROWS, 40)).split())
    assert "Not shown in 40 columns: settings. A wider terminal or --json has them." in text
    assert "12,345" in text, "the least needed columns go first"


def test_numbers_are_aligned_on_the_right_under_their_head() -> None:
    head, _, *rows = fitted(["sweep", "cost"], [["a", "5"], ["b", "12,345"]], 40)
    assert [line.rindex(last) for line, last in zip((head, *rows), ("t", "5", "5"), strict=True)] == [len(head) - 1] * 3


def test_a_single_column_is_broken_and_never_left_out() -> None:
    lines = fitted(["sweep"], [["a" * 50]], 20)
    assert max(map(len, lines)) == 20
    assert "".join(lines[2:]) == "a" * 50


def test_a_long_name_is_broken_before_a_column_is_left_out() -> None:
    row = ["a-sweep-with-a-long-name.resnet18-bsconv_u", "finished", "98.61 % (trial 4)", "97.2 % (sgd)"]
    lines = fitted(["sweep", "state", "best", "best baseline"], [row], 60)
    assert max(map(len, lines)) <= 60
    assert "Not shown" not in lines[-1]
    assert "(trial" in " ".join(lines)
