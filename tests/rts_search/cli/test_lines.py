"""Lines are folded between words, and a command to copy stays in one piece."""

import pytest

from rts_search.cli.lines import fold

RESUME = "rts-search resume digits --results /home/somebody/experiments/results --executor inline"
STOPPED = f"digits: stopped; all finished epochs are saved. Continue with: {RESUME}"
BUDGET = f"digits: budget: must be more than what is used up, 0.5 hours; raise it: `{RESUME}`, or .gpu_hours"


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert fold(STOPPED, len(STOPPED)) == STOPPED


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(("line", "command"), [(STOPPED, RESUME), (BUDGET, f"`{RESUME}`,")])
def test_a_command_is_on_one_line_of_its_own_and_only_it_may_be_longer(width: int, line: str, command: str) -> None:
    lines = fold(line, width).splitlines()
    assert [one for one in lines if "rts-search" in one] == [command]
    assert all(len(one) <= width for one in lines if one != command)
    assert " ".join(" ".join(lines).split()) == line, "no word is lost"


def test_a_command_that_fits_stays_in_the_line_with_what_follows_indented() -> None:
    line = "digits: see `rts-search status digits` for how far it is, and how much of it is left"
    assert fold(line, 50).splitlines() == [
        "digits: see `rts-search status digits` for how far",
        "  it is, and how much of it is left",
    ]


def test_later_lines_are_indented_more_than_the_first() -> None:
    first, *later = fold("  trial 3: was stopped early for now, and goes on when it is among the best", 40).splitlines()
    assert first.startswith("  trial 3")
    assert all(line.startswith("    ") and line[4] != " " for line in later)


def test_a_word_that_is_longer_than_the_width_is_not_broken() -> None:
    folder = "/home/somebody/" + "a" * 60
    assert folder in fold(f"Results in {folder}. More follows here.", 40).splitlines()[1]
