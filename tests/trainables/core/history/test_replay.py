"""Which epochs a trial takes from the store: its own, and those of others as `sharing` says."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import figures, trial
from trainables.core.data import Dataset


def test_a_common_prefix_is_trained_once(digits: Dataset, tmp_path: Path) -> None:
    list(trial(small_config(switch_epoch=2), digits, tmp_path, "sweep/0").epochs())
    later = list(trial(small_config(switch_epoch=3), digits, tmp_path, "sweep/1").epochs())
    assert [outcome.spent for outcome in later] == [False, False, True, True]
    alone = list(trial(small_config(switch_epoch=3), digits, tmp_path / "alone", "sweep/1").epochs())
    assert figures(later) == figures(alone)


def test_a_repeated_config_is_answered_from_the_store(digits: Dataset, tmp_path: Path) -> None:
    first = list(trial(small_config(), digits, tmp_path, "sweep/0").epochs())
    again = list(trial(small_config(), digits, tmp_path, "sweep/1").epochs())
    assert [outcome.stored for outcome in again] == [outcome.stored for outcome in first]
    assert not any(outcome.spent for outcome in again)


def test_with_sharing_off_nothing_is_taken_from_another_trial(digits: Dataset, tmp_path: Path) -> None:
    shared = list(trial(small_config(), digits, tmp_path, "sweep/0", sharing="off").epochs())
    again = list(trial(small_config(), digits, tmp_path, "sweep/1", sharing="off").epochs())
    assert all(outcome.spent for outcome in again)
    assert figures(again) == figures(shared)
    resumed = list(trial(small_config(), digits, tmp_path, "sweep/1", sharing="off").epochs())
    assert [outcome.stored for outcome in resumed] == [outcome.stored for outcome in again]


@pytest.mark.parametrize(("sharing", "spent"), [("same_device", True), ("any", False)])
def test_another_machines_states_are_shared_only_by_any(
    digits: Dataset, tmp_path: Path, sharing: str, spent: bool
) -> None:
    list(trial(small_config(), digits, tmp_path, "sweep/0").epochs())
    torch.set_num_threads(2)
    elsewhere = list(trial(small_config(), digits, tmp_path, "sweep/1", sharing=sharing).epochs())
    assert {outcome.spent for outcome in elsewhere} == {spent}


def test_a_trial_goes_on_on_another_machine_and_its_lineage_shows_it(digits: Dataset, tmp_path: Path) -> None:
    list(islice(trial(small_config(), digits, tmp_path, "sweep/0").epochs(), 2))
    torch.set_num_threads(2)
    outcomes = list(trial(small_config(), digits, tmp_path, "sweep/0").epochs())
    assert len({outcome.stored.provenance for outcome in outcomes}) == 2
    assert outcomes[0].stored.provenance == outcomes[1].stored.provenance
    other = list(trial(small_config(), digits, tmp_path, "sweep/1").epochs())
    assert all(outcome.spent for outcome in other), "a mixed lineage is not the work of this machine alone"
    torch.set_num_threads(1)
    back = list(trial(small_config(), digits, tmp_path, "sweep/0").epochs())
    assert [outcome.stored for outcome in back] == [outcome.stored for outcome in outcomes]


def test_a_trial_with_a_shared_beginning_goes_on_on_another_machine(digits: Dataset, tmp_path: Path) -> None:
    list(trial(small_config(), digits, tmp_path, "sweep/0").epochs())
    later = small_config(timing={"rule": "epoch", "switch_epoch": 3})
    begun = list(islice(trial(later, digits, tmp_path, "sweep/1").epochs(), 3))
    assert [outcome.spent for outcome in begun] == [False, False, True]
    torch.set_num_threads(2)
    elsewhere = trial(later, digits, tmp_path, "sweep/1")
    elsewhere = replace(
        elsewhere, adopted=frozenset((outcome.stored.key, outcome.stored.provenance) for outcome in begun)
    )
    outcomes = list(elsewhere.epochs())
    assert [outcome.stored for outcome in outcomes[:3]] == [outcome.stored for outcome in begun]
    assert [outcome.spent for outcome in outcomes] == [False, False, True, True]


def test_a_rule_that_looks_at_the_data_shares_with_the_epoch_it_decided_for(digits: Dataset, tmp_path: Path) -> None:
    gap = small_config(timing={"rule": "generalization_gap", "base_epochs": 1, "ratio": 0.001, "period": 1})
    by_rule = list(trial(gap, digits, tmp_path, "sweep/0").epochs())
    switch = [outcome.stored.record.phase for outcome in by_rule].index("pugd")
    by_epoch = list(trial(small_config(switch_epoch=switch), digits, tmp_path, "sweep/1").epochs())
    assert not any(outcome.spent for outcome in by_epoch)
