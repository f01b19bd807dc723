"""Points that lie on each other are one marker that says how many they are."""

from rts_search.analysis.figures.figure import HOVER
from rts_search.analysis.figures.ties import LARGEST, described, grouped, numbered, size


def test_points_are_grouped_by_their_place_in_their_order() -> None:
    assert grouped([3, 13, 4, 23], lambda one: one % 10) == {3: [3, 13, 23], 4: [4]}


def test_more_points_are_a_larger_marker_up_to_a_largest() -> None:
    assert size(1) < size(2) < size(9) < size(10_000) == LARGEST


def test_only_several_points_have_a_number() -> None:
    assert numbered([1, 9])["text"] == ["", "9"]
    assert numbered([1, 1])["mode"] == "markers"
    assert numbered([1, 2])["mode"] == "markers+text"


def test_a_label_describes_three_points_in_short_lines() -> None:
    lines = described([f"trial {number}: {'a word ' * 20}" for number in range(5)]).split("<br>")
    assert (lines[0], lines[-1]) == ("5 trials:", "and 2 more")
    assert max(map(len, lines)) <= HOVER
    assert described(["trial 1"]) == "trial 1"
