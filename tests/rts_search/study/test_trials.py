"""The record of a trial gives its cost, spent evaluations, settings and whether it is completed."""

import pytest

from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep


def trial(*costs: int, state: str = "COMPLETE", spent: bool = True) -> TrialEntry:
    epochs = tuple(EpochEntry(n, f"key{n}", "here", spent, cost, 0.5) for n, cost in enumerate(costs))
    config = baseline_config(load_sweep("digits"), BaselineConfig(name="pugd")).to_dict()
    return TrialEntry(0, state, config, "", "", epochs)


def test_the_cost_is_that_of_all_epochs_whoever_trained_them() -> None:
    assert (trial(8, 24, 40).cost, trial(8, 24, 40).spent) == (40, 40)
    assert (trial(8, 24, 40, spent=False).cost, trial(8, 24, 40, spent=False).spent) == (40, 0)
    assert trial(state="RUNNING").cost == 0, "before its first epoch"


@pytest.mark.parametrize(("state", "completed"), [("COMPLETE", True), ("PRUNED", False), ("RUNNING", False)])
def test_only_a_trial_that_has_trained_to_its_end_is_completed(state: str, completed: bool) -> None:
    assert trial(8, state=state).completed is completed


def test_the_settings_are_the_config_that_was_drawn() -> None:
    drawn = trial(8)
    assert drawn.settings.to_dict() == drawn.config
    with pytest.raises(AssertionError, match="trial 3 has not been drawn"):
        _ = TrialEntry(3, "RUNNING", None, "", "", ()).settings
