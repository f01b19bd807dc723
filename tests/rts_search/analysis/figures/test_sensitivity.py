"""Sensitivity shows every trial of every arm against each searched number, the learning rate first."""

from dataclasses import replace

import pytest

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.figures.sensitivity import sensitivity
from tests.rts_search.analysis.effort.tuned import BEST_LR, tuned


@pytest.fixture
def fair() -> SweepView:
    return SweepView.of(tuned())


def test_the_learning_rate_is_first_and_has_every_trial_of_every_arm(fair: SweepView) -> None:
    figure = FIGURES["sensitivity"](fair)
    assert figure is not None
    assert figure.layout["xaxis"]["title"]["text"] == "training.lr"
    assert figure.layout["xaxis"]["type"] == "log"
    titles = {figure.layout[axis]["title"]["text"] for axis in ("xaxis", "xaxis2", "xaxis3")}
    assert titles == {"training.lr", "training.momentum", "timing.switch_epoch"}
    markers = [trace for trace in figure.data if trace["mode"] == "markers" and trace["xaxis"] == "x"]
    assert [trace["name"] for trace in markers] == ["rts", "sgd", "pugd"]
    for trace in markers:
        own = [entry for entry in fair.entries if entry.arm == trace["name"]]
        assert trace["x"] == [entry.settings.training.lr for entry in own]
        for entry, symbol in zip(own, trace["marker"]["symbol"], strict=True):
            assert ("open" in symbol) == (entry.state == "PRUNED")
            assert (symbol == "x") == (entry.state == "FAIL")


def test_one_sees_that_arms_are_best_at_different_rates(fair: SweepView) -> None:
    figure = sensitivity(fair)
    assert figure is not None
    lines = {trace["name"]: trace for trace in figure.data if trace["mode"] == "lines" and trace["xaxis"] == "x"}
    best = {arm: line["x"][line["y"].index(max(line["y"]))] for arm, line in lines.items()}
    assert best["sgd"] < best["rts"] < best["pugd"]
    assert all(0.4 < best[arm] / BEST_LR[arm] < 2.5 for arm in best)
    assert [trace["name"] for trace in figure.data if trace["showlegend"]] == ["rts", "sgd", "pugd"]


def test_a_trial_that_is_far_behind_lies_on_the_edge(fair: SweepView) -> None:
    def far_behind(view: SweepView) -> SweepView:
        done = next(entry for entry in view.entries if entry.completed)
        bad = replace(done, epochs=tuple(replace(epoch, val_acc=0.1, val_loss=9.0) for epoch in done.epochs))
        return replace(view, entries=[bad if entry is done else entry for entry in view.entries])

    figure = sensitivity(far_behind(fair))
    assert figure is not None
    low, _ = figure.layout["yaxis"]["range"]
    places = [
        y
        for trace in figure.data
        if trace["mode"] == "markers"
        for y, symbol in zip(trace["y"], trace["marker"]["symbol"], strict=True)
        if symbol == "triangle-down"
    ]
    assert places
    assert set(places) == {low}


def test_where_smaller_is_better_the_edge_is_above() -> None:
    figure = sensitivity(SweepView.of(tuned("objective.metric=val_loss")))
    assert figure is not None
    worst, best = figure.layout["yaxis"]["range"]
    assert worst > best, "the axis is turned round, so that better is higher"


def test_a_sweep_of_one_arm_shows_its_searched_numbers(view: SweepView) -> None:
    figure = sensitivity(view)
    assert figure is not None
    titles = {axis["title"]["text"] for name, axis in figure.layout.items() if name.startswith("xaxis")}
    assert {"radius.beta_min", "timing.switch_epoch"} <= titles
    assert {trace["name"] for trace in figure.data} == {"rts"}


def test_few_trials_and_settings_without_different_values_are_not_drawn(view: SweepView) -> None:
    assert sensitivity(replace(view, entries=view.entries[:3])) is None
