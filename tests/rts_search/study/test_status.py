"""`status` reports the progress of a sweep, and whether its search is over."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.study.status import may_be_confirmed, status_of
from rts_search.study.study import SweepStudy
from rts_search.sweep.sections import BudgetConfig
from tests.rts_search.store.swept import Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def confirmable(swept: Swept, study: SweepStudy) -> tuple[str, bool]:
    """The state of the sweep after it is loaded again, and whether it may be confirmed."""
    again = SweepStudy.load(swept.results.storage_url, study.name)
    entries = again.trials()
    return status_of(again, entries, None)["state"], may_be_confirmed(again, entries)


def test_a_sweep_may_be_confirmed_when_every_trial_has_ended(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total - 1):
        swept.train(study)
    assert confirmable(swept, study) == ("interrupted", False)
    swept.train(study)
    assert confirmable(swept, study) == ("finished", True)


def test_a_sweep_that_its_budget_ended_may_be_confirmed_until_it_has_a_larger_one(swept: Swept) -> None:
    study = swept.sweep("mine", "budget.gradient_evaluations=128")
    swept.train(study)
    swept.train(study, 7, "RUNNING")
    assert confirmable(swept, study) == ("interrupted", False), "an epoch is left"
    swept.train(study, 1, "RUNNING")
    assert confirmable(swept, study) == ("budget used up", True)
    study.allow(BudgetConfig(gradient_evaluations=1000))
    assert confirmable(swept, study) == ("interrupted", False)


@pytest.mark.slow
def test_a_sweep_whose_hours_are_over_may_be_confirmed(swept: Swept) -> None:
    study = swept.sweep("mine", "budget.hours=2")
    swept.train(study)
    meter = study.meter()
    meter.seconds = 2 * 3600
    study.note_times(meter)
    assert confirmable(swept, study) == ("budget used up", True)
