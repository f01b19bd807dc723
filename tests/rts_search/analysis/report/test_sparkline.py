"""The small drawing of a learning curve."""

import re

from rts_search.analysis.report.sparkline import MOST_POINTS, bounds, sparkline


def points(drawing: str) -> list[tuple[float, float]]:
    """The corners of the line."""
    found = re.search(r'points="([^"]*)"', drawing)
    assert found is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found[1].split())]


def test_larger_is_higher_and_a_short_trial_fills_its_part_of_the_width() -> None:
    (left, low), (middle, high) = points(sparkline([0.0, 1.0], 0.0, 1.0, 3, "curve"))
    assert (left, middle) == (3, 44)
    assert (low, high) == (21, 3)


def test_values_outside_of_the_edges_are_drawn_at_them() -> None:
    assert [y for _, y in points(sparkline([-5.0, 9.0], 0.0, 1.0, 2, ""))] == [21, 3]


def test_a_long_curve_has_few_points_and_keeps_its_last() -> None:
    found = points(sparkline([float(number) for number in range(1000)], 0.0, 999.0, 1000, ""))
    assert len(found) <= MOST_POINTS + 1
    assert found[-1] == (85, 3)


def test_without_a_value_nothing_is_drawn_and_a_label_is_text() -> None:
    assert sparkline([None, None], 0.0, 1.0, 2, "") == ""
    assert 'aria-label="&lt;b&gt;"' in sparkline([1.0], 0.0, 1.0, 1, "<b>")


def test_a_bad_start_flattens_no_curve() -> None:
    assert bounds([[-100.0, *(0.9 + 0.01 * number for number in range(10))]]) == (0.9, 0.99)
    assert bounds([]) == (0.0, 1.0)
