"""States that only serve to resume a trial are deleted when it has a later one, and nothing else is lost."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from tests.trainables.core.conftest import small_config
from tests.trainables.core.history.test_store import EPOCH, RECORD
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.passing import PassingStates
from trainables.core.history.store import Store
from trainables.core.training.trial import EpochOutcome, StatePolicy, Trial

REPLACED = StatePolicy(frozenset({2}), every_seconds=0.0, replaced=True)


def epochs_with_state(folder: Path, outcomes: list[EpochOutcome]) -> list[int]:
    store = Store(str(folder))
    stored = [outcome.stored for outcome in outcomes]
    return [epoch.record.epoch + 1 for epoch in stored if store.has_state(epoch.key, epoch.provenance)]


def test_a_trial_leaves_its_last_state_and_those_where_others_branch_off(digits: Dataset, tmp_path: Path) -> None:
    outcomes, seen = [], []
    for outcome in trial(small_config(epochs=5), digits, tmp_path, policy=REPLACED).epochs():
        outcomes.append(outcome)
        seen.append(epochs_with_state(tmp_path, outcomes))
    assert seen == [[1], [2], [2, 3], [2, 4], [2, 5]]


@pytest.mark.parametrize("finished", [1, 2, 3])
def test_an_interrupted_trial_ends_bit_identical(digits: Dataset, tmp_path: Path, finished: int) -> None:
    whole = trial(small_config(), digits, tmp_path / "whole")
    expected = figures(list(whole.epochs()))
    list(islice(trial(small_config(), digits, tmp_path / "cut", policy=REPLACED).epochs(), finished))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cut").rglob("*.epoch")}
    resumed = trial(small_config(), digits, tmp_path / "cut", policy=REPLACED)
    assert figures(list(resumed.epochs())) == expected
    assert_equal_weights(weights(resumed), weights(whole))
    assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing is trained twice"


def test_a_state_that_another_trial_wrote_too_stays(digits: Dataset, tmp_path: Path) -> None:
    running = trial(small_config(), digits, tmp_path, policy=REPLACED).epochs()
    first = next(running).stored
    store = Store(str(tmp_path))
    store.put_state(first.key, first.provenance, store.state(first.key, first.provenance))
    outcomes = list(running)
    assert len(outcomes) == 3
    assert store.has_state(first.key, first.provenance)


def test_with_an_adaptive_rule_every_sgd_epoch_may_be_a_branch(digits: Dataset, tmp_path: Path) -> None:
    timing = {"rule": "generalization_gap", "base_epochs": 3, "ratio": 1e-9, "period": 1}
    outcomes = list(trial(small_config(epochs=8, timing=timing), digits, tmp_path, policy=REPLACED).epochs())
    sgd = [outcome.stored.record.epoch + 1 for outcome in outcomes if outcome.stored.record.phase == "sgd"]
    assert 3 < len(sgd) < 7
    assert epochs_with_state(tmp_path, outcomes) == [*sgd, 8]


@pytest.mark.parametrize(("chosen", "left"), [(None, [5]), (3, [3, 5]), (4, [3, 5]), (1, [5])])
def test_a_way_to_the_best_epoch_stays(tmp_path: Path, chosen: int | None, left: list[int]) -> None:
    store = Store(str(tmp_path))
    states = PassingStates(store)
    for epochs in (2, 3, 5):
        epoch = replace(EPOCH, key=f"key{epochs}", record=replace(RECORD, epoch=epochs - 1))
        states.put(epoch, b"state")
    states.drop_before(5, chosen)
    assert [epochs for epochs in (2, 3, 5) if store.has_state(f"key{epochs}", EPOCH.provenance)] == left


class Vanishing(Store):
    """A store whose states are deleted right after `has_state` has answered."""

    def has_state(self, key: str, provenance: str) -> bool:
        found = super().has_state(key, provenance)
        self.drop_state(key, provenance)
        return found


def test_a_state_that_vanishes_before_it_is_loaded_is_trained_again_without_a_word(
    digits: Dataset, tmp_path: Path
) -> None:
    expected = figures(list(trial(small_config(), digits, tmp_path / "whole").epochs()))
    list(islice(trial(small_config(), digits, tmp_path / "cut").epochs(), 3))
    resumed = Trial(small_config(), digits, Vanishing(str(tmp_path / "cut")), "sweep/0")
    outcomes = list(resumed.epochs())
    assert figures(outcomes) == expected
    assert not any(outcome.notes for outcome in outcomes)
