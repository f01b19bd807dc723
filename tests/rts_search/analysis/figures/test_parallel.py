"""Parallel coordinates show every trial with exactly the settings that it has."""

from dataclasses import replace

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.parallel import parallel


def test_every_trial_is_a_line_through_the_settings_that_it_has(view: SweepView) -> None:
    figure = parallel(view)
    assert figure is not None
    axes = [name.replace("_<br>", "_").replace("<br>", ".") for name in figure.layout["xaxis"]["ticktext"]]
    assert axes[-1] == "val_acc"
    assert {"radius.shape", "radius.value", "radius.beta_min", "timing.switch_epoch"} <= set(axes)
    assert [line["name"] for line in figure.data] == [view.label(entry) for entry in reversed(view.completed)]
    for entry, line in zip(reversed(view.completed), figure.data, strict=True):
        assert entry.config is not None
        constant = entry.config["radius"]["shape"] == "constant"
        assert (axes.index("radius.value") in line["x"]) == constant
        assert (axes.index("radius.beta_min") in line["x"]) == (not constant)
        assert all(0.0 <= height <= 1.0 for height in line["y"])
    assert (figure.data[-1]["y"][-1], figure.data[0]["y"][-1]) == (1.0, 0.0), "the best trial is drawn last, on top"


def test_labels_are_at_the_lowest_and_the_highest_value(view: SweepView) -> None:
    figure = parallel(view)
    assert figure is not None
    place = figure.layout["xaxis"]["ticktext"].index("timing<br>switch_<br>epoch")
    labels = {(one["text"], one["y"]) for one in figure.layout["annotations"] if one["x"] == place}
    assert labels == {("0", 0.0), ("6", 1.0)}


def test_no_line_crosses_a_label(view: SweepView) -> None:
    figure = parallel(view)
    assert figure is not None
    for label in figure.layout["annotations"]:
        if label["y"] in (0.0, 1.0):
            assert (label["yanchor"] == "bottom") == (label["yshift"] > 0) == (label["y"] == 1.0)
        else:
            assert "bgcolor" in label


def test_all_completed_trials_are_not_called_the_best(view: SweepView) -> None:
    figure = parallel(view)
    assert figure is not None
    assert "one of the 14 completed trials" in figure.caption


def test_one_trial_alone_is_not_drawn(view: SweepView) -> None:
    assert parallel(replace(view, entries=view.entries[:2])) is None
