"""Accuracy against cost, and learning curves."""

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.accuracy import cost, curves, progress


def test_the_pareto_front_goes_through_the_best_trial(view: SweepView) -> None:
    figure = cost(view)
    assert figure is not None
    points, baselines, front = figure.data
    best = view.completed[0]
    assert len(points["x"]) == 14
    assert baselines["text"] == [f"sgd: {view.described(view.baselines[0])}"]
    assert (front["x"][-1], front["y"][-1]) == (best.epochs[-1].gradient_evaluations, points["y"][0])
    assert "14 completed trials and 1 baseline. The Pareto front has" in figure.caption


def test_the_best_trials_are_coloured_and_all_others_are_one_grey_line(view: SweepView) -> None:
    figure = curves(view)
    assert figure is not None
    grey, *lines = figure.data
    assert [line["name"] for line in lines] == [*(view.label(entry) for entry in view.top), "sgd"]
    assert grey["x"].count(None) == 14 - len(view.top)
    assert f"The best completed trial is {view.top[0].number}: " in figure.caption


def test_progress_never_falls_and_ends_with_all_that_was_spent(view: SweepView) -> None:
    figure = progress([view])
    assert figure is not None
    (line,) = figure.data
    assert line["y"] == sorted(line["y"])
    assert line["x"][-1] == sum(entry.spent for entry in view.entries)
