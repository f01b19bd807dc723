"""What the store tells about one trial."""

from pathlib import Path

import pytest

from rts_search.analysis.trial_facts import TrialFacts, differences, lines_about
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import EPOCHS, Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def test_phases_times_machines_and_states_come_from_the_records(swept: Swept) -> None:
    facts = TrialFacts(swept.train(swept.sweep("plain"), records=True), swept.store)
    assert facts.phases == ["pugd in epochs 1 to 8"]
    assert facts.seconds == EPOCHS * 0.5
    assert facts.values("grad_norm") == [1.5] * EPOCHS
    assert facts.machines == [("epochs 1 to 8", {"device": "cpu", "threads": 1})]
    assert [one.epoch for one in facts.states] == list(range(1, EPOCHS + 1))


def test_lost_records_are_said_to_be_unknown(swept: Swept) -> None:
    facts = TrialFacts(swept.train(swept.sweep("plain")), swept.store)
    assert facts.phases == ["not known in epochs 1 to 8"]
    assert (facts.seconds, facts.machines) == (None, [])


def test_settings_that_differ_are_told_with_both_values(swept: Swept) -> None:
    study = swept.sweep("plain")
    sgd, first, second = (swept.train(study) for _ in range(3))
    assert differences(first, {"the best": second}) == [("timing.switch_epoch", "4", ("6",))]
    assert ("radius.beta_min", "0.1", ("",)) in differences(first, {"the best baseline": sgd})
    assert differences(first, {}) == []


def test_only_lines_of_this_trial_are_found() -> None:
    log = ["trial 1: val_acc 0.9", "trial 12: val_acc 0.8", "the best is trial 1", "retrial 1x"]
    assert lines_about(1, log) == [log[0], log[2]]
