"""A chart over the epochs as SVG."""

import math
import re

import pytest

from rts_search.analysis.report.line_chart import Line, line_chart


def texts(chart: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", chart)


def test_epochs_count_from_1_and_ticks_are_round() -> None:
    chart = line_chart([Line("trial 3", [0.0, 4.2, 9.7])], "val_acc in %")
    assert texts(chart) == ["0", "2.5", "5", "7.5", "1", "2", "3"]
    assert 'aria-label="val_acc in % by epoch: trial 3 from 0 to 9.7"' in chart


@pytest.mark.parametrize("value", [1 / 3, 1e-7 / 3, 123456.789])
def test_the_label_of_a_constant_fits_beside_the_chart(value: float) -> None:
    assert len(texts(line_chart([Line("one", [value, value])], "loss"))[0]) <= 9


def test_a_gap_breaks_the_line_and_a_single_epoch_is_a_dot() -> None:
    chart = line_chart([Line("one", [1.0, 2.0, None, 4.0, math.nan])], "radius")
    assert (chart.count("<polyline"), chart.count("<circle")) == (1, 1)


def test_the_own_line_is_over_the_others_and_labels_are_text() -> None:
    chart = line_chart([Line("<i>", [1.0, 2.0]), Line("best", [2.0, 3.0], "other")], "x")
    assert re.findall(r'polyline class="(\w+)"', chart) == ["other", "own"]
    assert "&lt;i&gt;" in chart


def test_without_a_value_there_is_no_chart() -> None:
    assert line_chart([Line("one", [None]), Line("two", [])], "scale") == ""
