"""The figure of schedules begins where the first trial leaves SGD, and is not drawn where none does."""

from dataclasses import replace

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.schedules import schedules
from rts_search.study.trials import TrialEntry


def switching(entry: TrialEntry, epoch: int) -> TrialEntry:
    assert entry.config is not None
    return replace(entry, config={**entry.config, "timing": {**entry.config["timing"], "switch_epoch": epoch}})


def test_the_axis_begins_where_the_first_trial_has_a_radius(view: SweepView) -> None:
    later = replace(view, entries=[switching(entry, 4 + entry.number % 2) for entry in view.entries])
    figure = schedules(later)
    assert figure is not None
    assert figure.layout["xaxis"]["range"] == [4.5, 8.5]
    assert "Epochs 1 to 4, which are not drawn, are of SGD." in figure.caption
    shown = [x for trace in figure.data for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None]
    assert (min(shown), max(shown)) == (5, 8)


def test_without_epochs_of_sgd_the_whole_training_is_shown(view: SweepView) -> None:
    figure = schedules(replace(view, entries=[switching(entry, 0) for entry in view.entries]))
    assert figure is not None
    assert figure.layout["xaxis"]["range"] == [0.5, 8.5]
    assert "not drawn" not in figure.caption


def test_one_trial_is_told_as_one(view: SweepView) -> None:
    figure = schedules(replace(view, entries=[switching(view.entries[1], 1)]))
    assert figure is not None
    assert "in the best trial. Switch from SGD to PUGD in trial 1 after epoch 1." in figure.caption
    assert "Epoch 1, which is not drawn, is of SGD." in figure.caption


def test_trials_that_never_leave_sgd_have_no_figure(view: SweepView) -> None:
    assert schedules(replace(view, entries=[switching(entry, 8) for entry in view.entries])) is None
