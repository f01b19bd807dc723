"""The effort curve of an arm: from its trials to what so many of them buy."""

from dataclasses import replace

import numpy as np
import pytest

from rts_search.analysis.effort.curves import MOST_NUMBERS, EffortCurve, effort_curves, numbers_of, tuned_trial
from rts_search.analysis.effort.expected_best import expected_best
from rts_search.study.study import SweepStudy
from rts_search.sweep.sections import ObjectiveConfig
from tests.rts_search.analysis.effort.tuned import tuned


def curves_of(study: SweepStudy) -> dict[str, EffortCurve]:
    return {curve.arm: curve for curve in effort_curves(study.sweep, study.trials())}


def test_every_arm_has_a_curve_that_ends_at_its_best_trial_and_at_its_cost() -> None:
    study = tuned()
    found = curves_of(study)
    assert list(found) == ["rts", "sgd", "pugd"]
    for arm, curve in found.items():
        own = [entry for entry in study.trials() if entry.arm == arm]
        last = curve.points[-1]
        assert last.trials == len(own) == 12
        assert last.best == pytest.approx(max(entry.epochs[-1].val_acc for entry in own if entry.completed))
        assert last.gradient_evaluations == pytest.approx(sum(entry.cost for entry in own))
        assert [point.best for point in curve.points] == sorted(point.best for point in curve.points)
        assert all(
            point.low is not None and point.high is not None and 0 <= point.low <= point.best <= point.high <= 1
            for point in curve.points
        )


def test_without_early_stops_the_curve_is_the_formula() -> None:
    study = tuned()
    whole = [entry for entry in study.trials() if entry.arm == "rts" and entry.completed]
    (curve,) = effort_curves(study.sweep, whole)
    values = np.array([entry.epochs[-1].val_acc for entry in whole])
    expected = expected_best(values, np.arange(1, len(whole) + 1))
    assert [point.best for point in curve.points] == pytest.approx(expected)


def test_it_counts_trials_that_were_stopped_and_that_diverged() -> None:
    study = tuned()
    sgd = curves_of(study)["sgd"]
    own = [entry for entry in study.trials() if entry.arm == "sgd"]
    assert sgd.diverged == sum(entry.state == "FAIL" for entry in own) > 0
    assert sgd.stopped == sum(entry.state == "PRUNED" for entry in own) > 0
    worst = min(epoch.val_acc for entry in study.trials() for epoch in entry.epochs)
    without = effort_curves(study.sweep, [entry for entry in study.trials() if entry.state != "FAIL"])[1]
    share = sgd.diverged / 12
    assert sgd.points[0].best == pytest.approx(share * worst + (1 - share) * without.points[0].best, abs=1e-3)


def test_a_lost_trial_and_one_that_is_being_trained_do_not_count() -> None:
    study = tuned()
    first, second, *others = [entry for entry in study.trials() if entry.arm == "pugd"]
    lost, running = replace(first, state="FAIL", reason="lost: its worker died"), replace(second, state="RUNNING")
    (curve,) = effort_curves(study.sweep, [lost, running, *others])
    assert curve.points[-1].trials == 10
    held = replace(second, state="RUNNING", held=True)
    assert tuned_trial(held, study.sweep.objective) is not None


@pytest.mark.slow
def test_a_sampler_that_learns_has_the_best_so_far_in_its_own_order_and_no_band() -> None:
    study = tuned("search.sampler=tpe")
    curve = curves_of(study)["rts"]
    best, spent = 0.0, 0
    for number, entry in enumerate((entry for entry in study.trials() if entry.arm == "rts"), start=1):
        best = max(best, entry.epochs[-1].val_acc if entry.completed else 0.0)
        spent += entry.cost
        point = curve.after(number)
        assert (point is None) == (best == 0.0), "nothing is known before a trial completes"
        if point is not None:
            assert (point.best, point.gradient_evaluations, point.low, point.high) == (best, spent, None, None)


@pytest.mark.slow
def test_the_smallest_loss_is_the_best_one() -> None:
    study = tuned("objective.metric=val_loss")
    accuracy, loss = curves_of(tuned())["rts"], curves_of(study)["rts"]
    assert [point.best for point in loss.points] == pytest.approx([1 - point.best for point in accuracy.points])
    last = loss.points[-1]
    assert last.low is not None
    assert last.high is not None
    assert 0 <= last.low < last.best < last.high


@pytest.mark.slow
def test_the_best_epoch_counts_where_the_objective_says_so() -> None:
    study = tuned()
    entry = next(entry for entry in study.trials() if entry.completed)
    falling = replace(entry, epochs=tuple(replace(one, val_acc=0.9 - one.epoch / 100) for one in entry.epochs))
    trial = tuned_trial(falling, ObjectiveConfig(rule="best"))
    assert trial is not None
    assert set(trial.course) == {0.9}


def test_few_trials_or_none_completed_have_no_curve() -> None:
    study = tuned()
    entries = [entry for entry in study.trials() if entry.arm == "rts"]
    assert effort_curves(study.sweep, entries[:2]) == []
    assert effort_curves(study.sweep, [entry for entry in entries if not entry.completed]) == []


def test_many_trials_are_drawn_at_few_numbers() -> None:
    assert numbers_of(12).tolist() == list(range(1, 13))
    many = numbers_of(3_000)
    assert {1, 5, 20, 100, 3_000} <= set(many.tolist())
    assert len(many) < MOST_NUMBERS + 6
