"""A checked sweep: more trials, other limits, and trials from points of its space."""

from dataclasses import replace

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.sections import BudgetConfig
from rts_search.sweep.sweep import trial_config
from rts_search.sweep.sweep_file import load_sweep, parse_sweep
from tests.rts_search.sweep_files import MINE, Write
from trainables.core.settings.config import ScheduleConfig


def test_a_drawn_point_becomes_a_trial_of_the_sweep(write: Write) -> None:
    sweep = load_sweep(write(MINE))
    config = trial_config(sweep, sweep.space.draw(lambda _name, domain: domain.highest))
    assert config.radius == ScheduleConfig("inverse_sine", beta_min=0.5, beta_max=1.0, origin="training")
    assert (config.dataset, config.model) == (sweep.dataset, sweep.model)
    assert (sweep.training.step, config.training) == ("auto", replace(sweep.training, step="fused"))


def test_a_sweep_is_extended_by_parsing_it_again(write: Write) -> None:
    sweep = load_sweep(write(MINE))
    longer = parse_sweep(sweep.with_trials(9).to_dict(), "study mine")
    assert (sweep.num_trials, longer.num_trials, longer.name) == (4, 9, "mine")
    with pytest.raises(UserError, match=r"study mine: search.trials: must be >= 1, but got 0"):
        parse_sweep(sweep.with_trials(0).to_dict(), "study mine")


def test_a_new_limit_replaces_the_old_one_and_keeps_the_others(write: Write) -> None:
    sweep = load_sweep(write(MINE), ["budget={hours: 1, gradient_evaluations: 100}"])
    assert sweep.with_budget(BudgetConfig(hours=2.0)).budget == BudgetConfig(hours=2.0, gradient_evaluations=100)
