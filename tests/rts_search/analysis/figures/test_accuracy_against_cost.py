"""Accuracy against cost: every trial counts, and the front is drawn where there is one."""

from dataclasses import replace

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.accuracy_against_cost import cost
from tests.rts_search.analysis.figures.altered import altered


def test_the_front_goes_through_the_best_trial(view: SweepView) -> None:
    figure = cost(view)
    assert figure is not None
    points, baselines, front = figure.data
    best = view.completed[0]
    assert len(points["x"]) == 14
    assert points["mode"] == "markers"
    assert "sgd:" in baselines["hovertext"][0]
    assert (front["x"][-1], front["y"][-1]) == (best.epochs[-1].gradient_evaluations, points["y"][0])
    assert "14 completed trials and 1 baseline." in figure.caption


def test_trials_that_are_equal_are_one_larger_marker_with_their_number(view: SweepView) -> None:
    figure = cost(altered(view, lambda entry: 0.5 if entry.number > 5 else entry.number / 100))
    assert figure is not None
    points = figure.data[0]
    tied = points["text"].index("9")
    assert (points["y"][tied], points["meta"]["counts"][tied]) == (50, 9)
    first, second = sorted(points["marker"]["size"])[-2:]
    assert first < second == points["marker"]["size"][tied]
    assert "9 trials:" in points["hovertext"][tied]
    assert "and 6 more" in points["hovertext"][tied]


def test_a_front_of_one_trial_is_drawn_as_a_ring(view: SweepView) -> None:
    figure = cost(altered(view, lambda entry: 0.9 if entry.number == 3 else 0.1))
    assert figure is not None
    front = figure.data[-1]
    assert (front["name"], front["y"]) == ("Pareto front", [90])
    assert "markers" in front["mode"]
    assert "1 trial with a ring is on the Pareto front" in figure.caption


def test_where_a_baseline_beats_every_trial_there_is_no_front_and_no_legend_of_it(view: SweepView) -> None:
    figure = cost(altered(view, lambda entry: 0.9 if entry.baseline else 0.1))
    assert figure is not None
    assert [trace["name"] for trace in figure.data] == ["completed trials", "baselines"]
    assert "No trial is on the Pareto front" in figure.caption


def test_a_far_worse_trial_is_a_triangle_on_the_edge_and_keeps_its_number(view: SweepView) -> None:
    figure = cost(altered(view, lambda entry: 0.01 if entry.number == 5 else 0.9 + entry.number / 200))
    assert figure is not None
    points = figure.data[0]
    far = points["marker"]["symbol"].index("triangle-down")
    assert points["y"][far] == figure.layout["yaxis"]["range"][0] > 80
    assert points["meta"]["values"][far] == 1.0
    assert points["hovertext"][far].startswith("1.00 %")


def test_where_smaller_is_better_a_far_larger_value_lies_above(view: SweepView) -> None:
    loss = view.sweep.objective.model_copy(update={"metric": "val_loss"})
    falling = replace(view, sweep=view.sweep.model_copy(update={"objective": loss}))
    figure = cost(altered(falling, lambda entry: 50.0 if entry.number == 5 else 1 + entry.number / 100, "val_loss"))
    assert figure is not None
    far = figure.data[0]["marker"]["symbol"].index("triangle-down")
    assert figure.data[0]["y"][far] == figure.layout["yaxis"]["range"][1] < 2
    assert "lies far above" in figure.caption
    assert not figure.layout["meta"], "a loss has no odds"
