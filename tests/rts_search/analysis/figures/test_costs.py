"""The figure of costs has three axes, and what each value costs."""

import json

from rts_search.analysis.figures.bands import thinned
from rts_search.analysis.figures.costs import drawn
from tests.rts_search.analysis.courses.made_up import course, courses

QUICK, SLOW = [0.5, 0.9, 0.9, 0.92], [0.1, 0.2, 0.5, 0.9]
METHODS = {"rts": QUICK, "sgd": SLOW}


def test_each_method_has_a_line_in_every_panel_and_ends_where_half_of_its_runs_get() -> None:
    made = {name: [course(seed, values) for seed in range(6)] for name, values in METHODS.items()}
    figure = drawn(courses(made))
    assert figure is not None
    lines = {(one["name"], one["xaxis"]): one for one in figure.data if one["mode"] == "lines" and "name" in one}
    assert set(lines) == {(name, axis) for name in ("rts", "sgd") for axis in ("x", "x2", "x3", "x4")}
    assert lines["rts", "x"]["x"] == [1.0, 2.0, 3.0, 4.0]
    assert lines["rts", "x"]["y"] == [50.0, 90.0, 90.0, 92.0]
    assert lines["sgd", "x2"]["x"] == [4.0, 8.0, 12.0, 16.0]
    assert lines["rts", "x4"]["x"][-2:] == [8.0, 16.0]
    assert lines["rts", "x4"]["y"][-2:] == [90.0, 92.0]
    ends = [one["y"] for one in figure.data if one["mode"] == "markers"]
    assert ends == [[92.0], [90.0]]
    assert sum(one.get("fill") == "toself" for one in figure.data) == 8
    assert figure.caption.endswith("For 90.00 %: rts 8, sgd 16.")
    json.dumps(figure.to_dict(), allow_nan=False)


def test_one_seed_has_no_bands_and_without_a_completed_run_there_is_none() -> None:
    figure = drawn(courses({"rts": [course(0, [2.0, 0.5])]}, confirmed=False, metric="val_loss"))
    assert figure is not None
    assert not [one for one in figure.data if one.get("fill") == "toself"]
    assert "For 0.5000: rts 8. There is no interval of a median below 6 seeds." in figure.caption
    assert drawn(courses({"rts": [course(0, QUICK, diverged=True)]})) is None
    figure = drawn(courses({"rts": [course(0, [], diverged=True)], "sgd": [course(0, QUICK)]}))
    assert figure is not None
    assert "rts never, sgd 16" in figure.caption, "it diverged in its first epoch"


def test_values_are_thinned_evenly_with_both_ends() -> None:
    assert thinned([3.0, 1.0, 3.0], 5) == [1.0, 3.0]
    assert thinned([float(one) for one in range(101)], 5) == [0.0, 25.0, 50.0, 75.0, 100.0]
