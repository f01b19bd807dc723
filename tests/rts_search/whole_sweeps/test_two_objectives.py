"""A sweep for two objectives, launched, killed and resumed as a user does."""

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import count, wait_for

SETTINGS = (
    *("--set", "training.epochs=4", "--set", "dataset.num_train=256", "--set", "scheduler=none"),
    *("--set", "search={sampler: nsga2, trials: 15}", "--set", "baselines=[pugd]"),
)
"""PUGD costs more than a trial that begins with SGD, so that it cannot beat them all, whenever the sweep is killed."""
EPOCHS_TOLD = "SELECT COUNT(*) FROM trial_user_attributes WHERE key LIKE 'epoch:%'"


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_ends_with_its_front(cli: CommandLine) -> None:
    process = cli.start("launch", "digits", *SETTINGS)
    wait_for(lambda: count(cli, EPOCHS_TOLD) >= 2 * 4, process)
    cli.kill(process)
    cli.run("resume", "digits")
    trials = pd.read_csv(cli.results / "digits" / "trials.csv")
    assert list(trials.state) == ["COMPLETE"] * 16
    searched = trials[trials.baseline.isna()]
    for _, trial in searched.iterrows():
        as_good = (trials.val_acc >= trial.val_acc) & (trials.gradient_evaluations <= trial.gradient_evaluations)
        better = (trials.val_acc > trial.val_acc) | (trials.gradient_evaluations < trial.gradient_evaluations)
        assert trial.pareto == (not (as_good & better).any())
    assert 0 < trials.pareto.sum() < 16
    assert "(pareto)" in (cli.results / "digits" / "table.md").read_text()
