"""The figure of a landscape: a line for each run, and a plane for each method."""

import json

from rts_search.analysis.figures.landscape import LEAST, drawn
from rts_search.analysis.report.landscape import LandscapeSection, page
from tests.rts_search.landscapes import landscape


def test_each_run_has_a_line_and_each_method_a_plane_in_one_colour_scale() -> None:
    figure = drawn(landscape())
    assert figure is not None
    lines = [one for one in figure.data if one["type"] == "scatter"]
    planes = [one for one in figure.data if one["type"] == "contour"]
    assert [(one["name"], one["showlegend"]) for one in lines] == [("rts", True), ("rts", False), ("sgd", True)]
    assert lines[0]["line"]["color"] == lines[1]["line"]["color"] != lines[2]["line"]["color"]
    assert lines[0]["y"] == [1.0, 0.25, None]
    assert [one["name"] for one in planes] == ["rts", "sgd"]
    assert {one["coloraxis"] for one in planes} == {"coloraxis"}
    assert {one["xaxis"] for one in planes} <= {name.replace("axis", "") for name in figure.layout}
    low, high = (figure.layout["coloraxis"][name] for name in ("cmin", "cmax"))
    assert (round(10**low, 3), round(10**high, 3)) == (0.25, 1.5)
    assert "128 train images around the weights of rts, sgd on 2 seeds" in figure.caption
    json.dumps(figure.to_dict(), allow_nan=False)


def test_lines_without_planes_and_a_loss_of_0_are_drawn() -> None:
    begun = landscape()
    for run in begun.runs:
        run.measured.pop("plane", None)
    begun.runs[0].measured["curve"]["loss"][1] = 0.0
    figure = drawn(begun)
    assert figure is not None
    assert figure.data[0]["y"][1] == LEAST
    assert "Below" not in figure.caption


def test_nothing_is_drawn_before_the_first_measurement() -> None:
    begun = landscape()
    for run in begun.runs:
        run.measured = {}
    assert drawn(begun) is None


def test_the_page_has_the_table_and_the_figure() -> None:
    text = page("digits", landscape())
    assert "<title>digits: landscape" in text
    assert "rts, mean ± sd" in text
    assert '"type":"contour"' in text
    assert len(LandscapeSection.of(landscape()).rows) == 4
