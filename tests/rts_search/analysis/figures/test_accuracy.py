"""Learning curves, and what was reached for what was spent."""

from dataclasses import replace

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.accuracy import curves, progress
from rts_search.sweep.baselines import RTS
from tests.rts_search.analysis.figures.altered import altered


def test_the_best_trials_are_coloured_and_all_others_are_one_grey_line(view: SweepView) -> None:
    figure = curves(view)
    assert figure is not None
    grey, *lines = figure.data
    assert [line["name"] for line in lines] == [*(view.label(entry) for entry in view.top), "sgd"]
    assert grey["x"].count(None) == len(grey["meta"]["parts"]) == 14 - len(view.top)
    assert f"The best completed trial of the search is {view.top[0].number}: " in figure.caption
    assert lines[0]["text"][-1] == view.metric.shown(view.top[0].epochs[-1].val_acc)


def test_without_other_trials_the_legend_has_none(view: SweepView) -> None:
    figure = curves(replace(view, entries=view.entries[:4]))
    assert figure is not None
    assert [line["name"] for line in figure.data] == ["trial 3", "trial 2", "trial 1", "sgd"]


def test_a_trial_that_fails_does_not_flatten_the_others(view: SweepView) -> None:
    figure = curves(altered(view, lambda entry: 0.01 if entry.number == 5 else 0.9 + entry.number / 200))
    assert figure is not None
    low, high = figure.layout["yaxis"]["range"]
    assert 85 < low < 90 < high < 100
    assert "8 of 120 values lie far below what is drawn; a double click shows all." in figure.caption


def test_progress_never_falls_and_ends_with_all_that_was_charged_to_the_search(view: SweepView) -> None:
    figure = progress([view])
    assert figure is not None
    (line,) = figure.data
    assert line["y"] == sorted(line["y"])
    assert line["x"][-1] == sum(entry.cost for entry in view.entries if entry.arm == RTS)
