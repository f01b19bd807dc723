"""The progress of a sweep in one line names its phase."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.notebook.progress import Progress, sweep_progress
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def told(swept: Swept, last_line: str = "") -> Progress:
    return sweep_progress("mine", Workspace(swept.results), last_line)[0]


def test_before_the_first_epoch_it_is_what_the_driver_says(swept: Swept) -> None:
    swept.sweep("mine")
    with swept.results.sweep("mine").driving():
        assert told(swept) == Progress("mine: starting the first trials", 0.0, 5)
        assert told(swept, "mine: loading the data") == Progress("mine: loading the data", 0.0, 5)
    assert told(swept) == Progress("mine: interrupted, 0 of 5 trials ended", 0.0, 5)


def test_while_trials_train_it_counts_them_and_the_epochs_of_the_others(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(2):
        swept.train(study)
    swept.train(study, epochs=2, state="RUNNING")
    with swept.results.sweep("mine").driving():
        found = told(swept, "[2/5] trial 1 completed")
    assert found.doing == "mine: training, 2 of 5 trials ended, best val_acc 0.00 % (trial 1)"
    assert (found.done, found.total) == (2.25, 5)
    assert str(Progress("mine: training", 1, 2, "3 min")) == "mine: training, about 3 min left"


def test_after_the_last_trial_it_is_what_the_driver_says_again(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    with swept.results.sweep("mine").driving():
        assert told(swept, "mine: reading the test part") == Progress("mine: reading the test part", 5, 5)
        assert told(swept) == Progress("mine: writing the results", 5, 5)
    between = sweep_progress("mine", Workspace(swept.results), "mine: loading the data", driven=True)[0]
    assert between.doing == "mine: loading the data", "between search and confirmation"
    assert told(swept).doing == "mine: finished, 5 of 5 trials ended, best val_acc 3.00 % (trial 4)"
