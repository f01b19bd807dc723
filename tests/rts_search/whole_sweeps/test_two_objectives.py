"""A sweep for two objectives, launched, cut off and resumed as a user does."""

import json

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import count, wait_for

SETTINGS = (
    *("--set", "training.epochs=4", "--set", "dataset.num_train=256", "--set", "scheduler=none"),
    *("--set", "search={sampler: nsga2, trials: 15}", "--set", "baselines=[pugd]"),
)
"""PUGD costs more than a trial that begins with SGD, so that it cannot beat them all, whenever the sweep is killed."""
CUT_OFF = 2 * 8 * (4 + 2)
"""Gradient evaluations of the baseline and of about half of a trial: two for each of the 8 steps of an epoch."""
EPOCHS_TOLD = "SELECT COUNT(*) FROM trial_user_attributes WHERE key LIKE 'epoch:%'"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["its budget", pytest.param("a kill", marks=pytest.mark.campaign)])
def test_a_sweep_that_was_cut_off_goes_on_and_ends_with_its_front(cli: CommandLine, how: str) -> None:
    if how == "a kill":
        process = cli.start("launch", "digits", *SETTINGS)
        wait_for(lambda: count(cli, EPOCHS_TOLD) >= 2 * 4, process)
        cli.kill(process)
        cli.run("resume", "digits")
    else:
        cli.run("launch", "digits", *SETTINGS, "--set", f"budget.gradient_evaluations={CUT_OFF}")
        assert json.loads(cli.run("status", "digits", "--json").stdout)["state"] == "budget used up"
        cli.run("resume", "digits", "--set", "budget.gradient_evaluations=100000")
    trials = pd.read_csv(cli.results / "digits" / "trials.csv")
    assert list(trials.state) == ["COMPLETE"] * 16
    searched = trials[trials.baseline.isna()]
    for _, trial in searched.iterrows():
        as_good = (trials.val_acc >= trial.val_acc) & (trials.gradient_evaluations <= trial.gradient_evaluations)
        better = (trials.val_acc > trial.val_acc) | (trials.gradient_evaluations < trial.gradient_evaluations)
        assert trial.pareto == (not (as_good & better).any())
    assert 0 < trials.pareto.sum() < 16
    assert "(pareto)" in (cli.results / "digits" / "table.md").read_text()
