"""The figure of tuning effort has a line for every arm, against trials and against gradient evaluations."""

from dataclasses import replace

from rts_search.analysis.effort.curves import effort_curves
from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.figures.effort import effort
from tests.rts_search.analysis.effort.tuned import tuned


def test_every_arm_has_a_line_and_a_band_in_both_panels() -> None:
    view = SweepView.of(tuned())
    figure = FIGURES["effort"](view)
    assert figure is not None
    lines = [trace for trace in figure.data if trace.get("name")]
    assert [(line["name"], line["xaxis"]) for line in lines] == [
        (arm, axis) for arm in ("rts", "sgd", "pugd") for axis in ("x", "x2")
    ]
    assert [line["name"] for line in lines if line["showlegend"]] == ["rts", "sgd", "pugd"]
    for curve, line, against_cost in zip(effort_curves(view.sweep, view.entries), lines[::2], lines[1::2], strict=True):
        assert line["x"] == list(range(1, 13))
        assert line["y"] == against_cost["y"] == [round(100 * point.best, 4) for point in curve.points]
        assert against_cost["x"] == [round(point.gradient_evaluations, 1) for point in curve.points]
    assert sum(trace.get("fill") == "toself" for trace in figure.data) == 6
    low, high = figure.layout["yaxis"]["range"]
    assert all(low < line["y"][-1] < high for line in lines)
    assert "After 5 trials: rts 9" in figure.caption


def test_a_sampler_that_learns_has_steps_and_no_band() -> None:
    figure = effort(SweepView.of(tuned("search.sampler=tpe")))
    assert figure is not None
    assert {trace["line"]["shape"] for trace in figure.data} == {"hv"}
    assert "has no band" in figure.caption


def test_a_baseline_that_is_not_tuned_is_one_point(view: SweepView) -> None:
    figure = effort(view)
    assert figure is not None
    (point,) = [trace for trace in figure.data if trace.get("name") == "sgd, untuned" and trace["xaxis"] == "x"]
    assert (point["x"], point["y"]) == ([1], [100 * view.baselines[0].epochs[-1].val_acc])


def test_two_trials_are_no_curve(view: SweepView) -> None:
    assert effort(replace(view, entries=view.entries[:3])) is None
