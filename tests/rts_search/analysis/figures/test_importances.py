"""Importances rank the setting first on which the accuracy depends."""

import random
from dataclasses import replace

import pytest

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.importances import LEAST_TRIALS, importances
from rts_search.study.trials import TrialEntry


def by_switch_epoch(entry: TrialEntry) -> TrialEntry:
    """The same trial with an accuracy that depends on its switch epoch alone."""
    assert entry.config is not None
    value = entry.config["timing"]["switch_epoch"] / 10
    return replace(entry, epochs=tuple(replace(epoch, val_acc=value) for epoch in entry.epochs))


@pytest.mark.slow
def test_the_setting_that_decides_the_accuracy_is_the_most_important_one(view: SweepView) -> None:
    figure = importances(replace(view, entries=[by_switch_epoch(entry) for entry in view.entries]))
    assert figure is not None
    (bars,) = figure.data
    assert bars["y"][-1] == "timing.switch_epoch"
    assert bars["x"] == sorted(bars["x"])
    assert set(bars["y"]) == set(view.settings.columns)


def by_chance(entry: TrialEntry) -> TrialEntry:
    """The same trial with an accuracy that depends on no setting."""
    value = random.Random(entry.number).random()
    return replace(entry, epochs=tuple(replace(epoch, val_acc=value) for epoch in entry.epochs))


@pytest.mark.slow
def test_where_settings_explain_nothing_the_figure_says_so_and_draws_nothing(view: SweepView) -> None:
    figure = importances(replace(view, entries=[by_chance(entry) for entry in view.entries]))
    assert figure is not None
    assert figure.data == []
    assert "a random forest explains 0 % of the variance of the accuracy. So it cannot say" in figure.caption
    (told,) = figure.layout["annotations"]
    assert told["text"].replace("<br>", " ") == figure.caption


def test_few_trials_have_no_importances(view: SweepView) -> None:
    assert importances(replace(view, entries=view.entries[:LEAST_TRIALS])) is None
