"""The figure of stability marks the spikes and the ends of runs that diverged."""

import json

from rts_search.analysis.figures.stability import drawn
from tests.rts_search.analysis.courses.made_up import course, courses

SPIKED = [1.0, 0.5, 0.4, 0.3, 5.0, 0.2]
VALUES = [0.5] * 6


def test_lines_bands_spikes_and_runs_that_diverged() -> None:
    runs = [course(0, VALUES, SPIKED), course(1, VALUES), course(2, [0.5, 0.6], [1.0, 0.0], diverged=True)]
    figure = drawn(courses({"rts": runs, "sgd": [course(0, VALUES)]}))
    assert figure is not None
    lines = [one for one in figure.data if one["mode"] == "lines" and "name" in one]
    assert [(one["name"], one["xaxis"]) for one in lines] == [("rts", "x"), ("rts", "x2"), ("sgd", "x"), ("sgd", "x2")]
    assert lines[0]["y"] == [1.0, 0.5, 0.366667, 0.275, 2.6, 0.183333], "a loss of 0 is not on a logarithmic axis"
    bands = [one for one in figure.data if one.get("fill") == "toself"]
    assert [one["xaxis"] for one in bands] == ["x", "x2"], "sgd has one seed"
    (spike,) = [one for one in figure.data if one.get("name") == "rts: spike"]
    assert (spike["x"], spike["y"]) == ([5], [5.0])
    (end,) = [one for one in figure.data if one.get("name", "").startswith("rts: last epoch")]
    assert end["x"] == [2]
    assert figure.layout["yaxis"]["type"] == figure.layout["yaxis2"]["type"] == "log"
    assert "Triangles: 1 spike of the loss" in figure.caption
    assert "Diverged: 1 of rts." in figure.caption
    json.dumps(figure.to_dict(), allow_nan=False)


def test_without_spikes_it_says_so_and_without_runs_there_is_none() -> None:
    figure = drawn(courses({"rts": [course(0, VALUES)]}, confirmed=False))
    assert figure is not None
    assert figure.caption.endswith("of the best trial of each method, both on logarithmic axes. The loss has no spike.")
    assert drawn(courses({"rts": []})) is None
    gone = course(0, [], diverged=True)
    assert drawn(courses({"rts": [gone]})) is None
    figure = drawn(courses({"rts": [gone], "sgd": [course(0, VALUES)]}))
    assert figure is not None
    assert figure.caption.endswith("Diverged: 1 of rts.")
