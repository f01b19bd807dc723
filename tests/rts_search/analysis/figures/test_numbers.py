"""The table of a figure has every number that it shows, and those beyond its axes."""

import csv
import io

import pytest

from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.analysis.figures.landscape import drawn
from rts_search.analysis.figures.numbers import COLUMNS, numbers
from rts_search.analysis.figures.verdict import verdict
from tests.rts_search.analysis.figures.altered import altered
from tests.rts_search.landscapes import landscape


def rows(figure: Figure | None) -> list[dict[str, str]]:
    assert figure is not None
    return list(csv.DictReader(io.StringIO(numbers(figure.to_dict()))))


def test_learning_curves_have_a_row_for_each_epoch_of_each_trial(view: SweepView) -> None:
    found = rows(FIGURES["curves"](view))
    assert len(found) == sum(len(entry.epochs) for entry in view.entries)
    for entry in view.entries:
        own = [row for row in found if row["series"] == view.label(entry)]
        assert (own[0]["x_axis"], own[0]["x"], own[0]["y_axis"]) == ("epoch", "1", "val_acc in %")
        assert [float(row["y"]) for row in own] == [view.metric.plotted(epoch.val_acc) for epoch in entry.epochs]


def test_a_trial_beyond_the_axis_has_its_own_value_and_equal_trials_their_number(view: SweepView) -> None:
    found = rows(FIGURES["cost"](altered(view, lambda entry: 0.01 if entry.number == 5 else 0.9)))
    trials = [(float(row["y"]), row["trials"]) for row in found if row["series"] == "completed trials"]
    assert (1.0, "1") in trials
    assert sum(int(count) for _, count in trials) == 14


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in ("importances", "landscape", "verdict")])
def test_every_figure_has_numbers(view: SweepView, name: str) -> None:
    figure = FIGURES[name](view)
    if figure is not None:
        assert set(rows(figure)[0]) == set(COLUMNS)


def test_a_map_has_a_row_for_each_of_its_points() -> None:
    found = [row for row in rows(drawn(landscape())) if row["z"]]
    assert {row["series"] for row in found} == {"rts", "sgd"}
    assert min(float(row["z"]) for row in found) == pytest.approx(0.25, rel=1e-3)


def test_a_difference_has_the_ends_of_its_interval(view: SweepView) -> None:
    one = {"trial": 2, "baseline": "sgd", "difference": 0.01, "low": 0.005, "high": 0.015, "outcome": "better"}
    told = {"sentence": "Told.", "comparisons": [{**one, "seeds": 5, "level": 0.95, "holm_p": 0.01, "claim": None}]}
    (row,) = rows(verdict(SweepView(view.name, view.sweep, view.entries, 1, told)))
    ends = [round(float(row[name]), 6) for name in ("x", "low", "high")]
    assert (row["series"], row["y"], ends) == ("", "trial 2 against sgd", [1.0, 0.5, 1.5])
