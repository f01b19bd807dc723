"""The panels of sensitivity have every trial with its value, and the best trial of each part of the range."""

from rts_search.analysis.effort.panels import PARTS, panels_of
from tests.rts_search.analysis.effort.tuned import tuned


def test_the_learning_rate_comes_first_and_its_axis_is_as_its_domain() -> None:
    study = tuned()
    panels = {panel.name: panel for panel in panels_of(study.sweep, study.trials())}
    assert list(panels) == ["training.lr", "training.momentum", "timing.switch_epoch"]
    assert [panel.logarithmic for panel in panels.values()] == [True, False, False]
    assert not panels["timing.switch_epoch"].points["sgd"], "sgd has no switch to search"
    assert len(panels["training.lr"].all_points) == len(study.trials())


def test_the_line_of_an_arm_goes_through_its_best_trials() -> None:
    study = tuned()
    panel = panels_of(study.sweep, study.trials())[0]
    best = panel.best_of_parts("pugd")
    assert len(best) <= PARTS
    assert [point.x for point in best] == sorted(point.x for point in best)
    completed = [point for point in panel.points["pugd"] if point.trial.ended == "completed"]
    assert max(point.trial.course[-1] for point in completed) in {point.trial.course[-1] for point in best}


def test_settings_with_few_values_have_no_panel() -> None:
    study = tuned()
    assert panels_of(study.sweep, study.trials()[:2]) == []
