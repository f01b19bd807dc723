"""The trials of a search by their settings."""

import json

import pytest

from rts_search.analysis.stability.settings import setting_cells, setting_rows
from rts_search.study.confirmation_study import counts_for_method, has_diverged
from rts_search.sweep.arms import arms_of
from tests.rts_search.analysis.courses.made_up import course
from tests.rts_search.analysis.effort.tuned import DIVERGES, tuned
from trainables.core.settings.metrics import DEFAULT_METRIC


def test_the_quarters_of_a_range_and_the_options_of_a_choice_have_their_trials() -> None:
    study = tuned()
    arm = next(arm for arm in arms_of(study.sweep) if arm.name == "sgd")
    trials = [entry for entry in study.trials() if entry.arm == "sgd" and counts_for_method(entry)]
    read = {
        entry.number: course(0, [epoch.val_acc for epoch in entry.epochs], diverged=has_diverged(entry))
        for entry in trials
    }
    rows = setting_rows(arm, trials, read)
    rates = [row for row in rows if row.setting == "training.lr"]
    assert 2 <= len(rates) <= 4
    assert sum(row.trials for row in rates) == 12
    assert sum(row.diverged_trials for row in rates) == sum(entry.settings.training.lr > DIVERGES for entry in trials)
    assert rates[0].diverged_trials == 0 < rates[-1].diverged_trials
    momenta = [row for row in rows if row.setting == "training.momentum"]
    assert [row.values for row in momenta] == ["0", "0.5", "0.9"]
    for row in momenta:
        own = [entry for entry in trials if entry.settings.training.momentum == pytest.approx(float(row.values))]
        assert (row.trials, row.diverged_trials) == (len(own), sum(map(has_diverged, own)))
    head, cells = setting_cells(rows, DEFAULT_METRIC)
    assert {len(one) for one in cells} == {len(head)}
    json.dumps([row.to_dict() for row in rows], allow_nan=False)
