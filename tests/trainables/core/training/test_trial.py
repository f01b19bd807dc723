"""The training loop and its store: interrupted, shared or damaged, the numbers stay the same to the last bit."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import FEW_STATES, assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trial import StatePolicy


def test_an_epoch_costs_one_gradient_a_step_in_sgd_and_two_in_pugd(digits: Dataset, tmp_path: Path) -> None:
    records = [outcome.stored.record for outcome in trial(small_config(), digits, tmp_path).epochs()]
    assert [record.phase for record in records] == ["sgd", "sgd", "pugd", "pugd"]
    assert [record.gradient_evaluations for record in records] == [4, 8, 16, 24]
    assert [record.radius for record in records] == [None, None, 1.0, 1.0]


def test_ngd_costs_one_gradient_a_step(digits: Dataset, tmp_path: Path) -> None:
    config = small_config(switch_epoch=0, radius={"shape": "constant", "value": 0.0})
    records = [outcome.stored.record for outcome in trial(config, digits, tmp_path).epochs()]
    assert {record.phase for record in records} == {"ngd"}
    assert records[-1].gradient_evaluations == 16


@pytest.mark.parametrize(
    ("step", "finished"),
    [
        *(("fused", 1), ("reference", 2), ("fused", 3)),
        *(pytest.param(*way, marks=pytest.mark.campaign) for way in (("reference", 1), ("fused", 2), ("reference", 3))),
    ],
)
def test_an_interrupted_trial_ends_bit_identical(digits: Dataset, tmp_path: Path, finished: int, step: str) -> None:
    augmentation = {
        **{"crop_padding": 1, "horizontal_flip": "alternating", "rotation": 15, "cutout": 2},
        **{"random_resized_crop": {}, "rand_augment": {}, "color_jitter": {"contrast": 0.4}, "gamma": {}},
        **{"random_erasing": {}, "mixup": 0.2, "cutmix": 1.0},
    }
    config = small_config(training={"augmentation": augmentation, "step": step})
    whole = trial(config, digits, tmp_path / "whole")
    expected = figures(list(whole.epochs()))

    list(islice(trial(config, digits, tmp_path / "cut").epochs(), finished))
    resumed = trial(config, digits, tmp_path / "cut")
    outcomes = list(resumed.epochs())
    assert figures(outcomes) == expected
    assert all(outcome.spent for outcome in outcomes), "its own work before the interruption counts as spent"
    assert_equal_weights(weights(resumed), weights(whole))


def test_layers_that_take_turns_end_bit_identical_too(digits: Dataset, tmp_path: Path) -> None:
    model = {"name": "tests.trainables.core.turns_model:turns"}
    config = small_config(epochs=6, model=model, training={"step": "fused", "batch_size": 8})
    whole = trial(config, digits, tmp_path / "whole")
    expected = figures(list(whole.epochs()))
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 3))
    resumed = trial(config, digits, tmp_path / "cut")
    assert figures(list(resumed.epochs())) == expected
    assert_equal_weights(weights(resumed), weights(whole))


def test_without_states_in_between_the_epochs_are_trained_again_and_equal(digits: Dataset, tmp_path: Path) -> None:
    expected = figures(list(trial(small_config(), digits, tmp_path / "whole").epochs()))
    list(islice(trial(small_config(), digits, tmp_path / "cut", policy=FEW_STATES).epochs(), 3))
    assert not list((tmp_path / "cut").rglob("*.state"))
    assert figures(list(trial(small_config(), digits, tmp_path / "cut").epochs())) == expected


def test_states_are_kept_at_branches_and_at_the_end(digits: Dataset, tmp_path: Path) -> None:
    policy = StatePolicy(frozenset({2}), every_seconds=1e9)
    store = Store(str(tmp_path))
    outcomes = list(trial(small_config(), digits, tmp_path, policy=policy).epochs())
    kept = [store.has_state(outcome.stored.key, outcome.stored.provenance) for outcome in outcomes]
    assert kept == [False, True, False, True]


def test_a_state_is_kept_where_a_rule_starts_pugd(digits: Dataset, tmp_path: Path) -> None:
    timing = {"rule": "generalization_gap", "base_epochs": 1, "ratio": 1e-6, "period": 1}
    radii = [{"radius": {"shape": "constant", "value": value}} for value in (0.5, 1.0)]
    policy = StatePolicy(every_seconds=1e9)
    first, second = (
        list(trial(small_config(5, timing=timing, **radius), digits, tmp_path, f"s/{n}", policy=policy).epochs())
        for n, radius in enumerate(radii)
    )
    assert [outcome.stored.record.phase for outcome in first] == ["sgd"] * 3 + ["pugd"] * 2
    assert [outcome.spent for outcome in second] == [False] * 3 + [True] * 2


def test_a_damaged_state_is_reported_and_trained_again(digits: Dataset, tmp_path: Path) -> None:
    whole = figures(list(trial(small_config(), digits, tmp_path / "whole").epochs()))
    list(islice(trial(small_config(), digits, tmp_path / "cut").epochs(), 3))
    newest = max((tmp_path / "cut").rglob("*.state"), key=lambda file: file.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-1])
    outcomes = list(trial(small_config(), digits, tmp_path / "cut").epochs())
    assert figures(outcomes) == whole
    (note,) = [note for outcome in outcomes for note in outcome.notes]
    assert "damaged state" in note
    assert newest.name in note


def test_a_state_that_lies_at_the_address_of_another_epoch_is_not_used(digits: Dataset, tmp_path: Path) -> None:
    whole = list(trial(small_config(), digits, tmp_path / "whole").epochs())
    list(islice(trial(small_config(), digits, tmp_path / "cut").epochs(), 2))
    first, second = (
        tmp_path / "cut" / one.stored.key[:2] / one.stored.key / f"{one.stored.provenance}.state" for one in whole[:2]
    )
    second.write_bytes(first.read_bytes())
    outcomes = list(trial(small_config(), digits, tmp_path / "cut").epochs())
    assert figures(outcomes) == figures(whole)
    assert "belongs to another epoch" in outcomes[0].notes[0]


def test_a_state_of_another_model_under_a_right_checksum_is_not_loaded(digits: Dataset, tmp_path: Path) -> None:
    whole = list(trial(small_config(), digits, tmp_path / "whole").epochs())
    list(islice(trial(small_config(), digits, tmp_path / "cut").epochs(), 1))
    last = whole[0].stored
    Store(str(tmp_path / "cut")).put_state(last.key, last.provenance, b"not safetensors")
    outcomes = list(trial(small_config(), digits, tmp_path / "cut").epochs())
    assert figures(outcomes) == figures(whole)
    assert "not a state of this model" in outcomes[0].notes[0]


@pytest.mark.parametrize(
    "timing",
    [
        {"rule": "gradient_variance", "window": 3, "decay": 100.0, "start": 0},
        {"rule": "generalization_gap", "base_epochs": 1, "ratio": 0.001, "period": 1},
    ],
)
def test_a_rule_that_looks_at_the_data_survives_an_interruption(
    digits: Dataset, tmp_path: Path, timing: dict[str, Any]
) -> None:
    config = small_config(epochs=5, timing=timing)
    whole = list(trial(config, digits, tmp_path / "whole").epochs())
    phases = [outcome.stored.record.phase for outcome in whole]
    assert phases[0] == "sgd"
    assert phases[-1] == "pugd", "the rule has to fire for this test to say anything"
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 2))
    assert figures(list(trial(config, digits, tmp_path / "cut").epochs())) == figures(whole)


def test_a_diverging_trial_says_where_and_keeps_its_finite_epochs(digits: Dataset, tmp_path: Path) -> None:
    config = small_config(switch_epoch=4, training={"lr": 1e30, "lr_schedule": "constant"})
    with pytest.raises(DivergedError, match=r"diverged in epoch 1: the (training loss|gradient norm) is not finite"):
        list(trial(config, digits, tmp_path).epochs())
    assert not list(tmp_path.rglob("*.epoch"))


def test_records_of_earlier_versions_are_used_for_accuracy_and_completed_for_another_metric(
    digits: Dataset, tmp_path: Path
) -> None:
    config, store = small_config(), Store(str(tmp_path))
    whole = list(trial(config, digits, tmp_path).epochs())
    for outcome in whole:
        values = outcome.stored.to_dict()
        for name in ("balanced_accuracy", "macro_f1", "top5_acc"):
            del values["record"][name]
        (file,) = [one for one in store.files() if one.key == outcome.stored.key and one.kind == "epoch"]
        store.remove(file)
        store.put_epoch(StoredEpoch.from_dict(values))
    by_accuracy = trial(config, digits, tmp_path, "sweep/1")
    assert [outcome.stored.record.macro_f1 for outcome in by_accuracy.epochs()] == [None] * len(whole)
    assert by_accuracy.computed == 0
    by_f1 = trial(config, digits, tmp_path, "sweep/2", StatePolicy(every_seconds=0.0, rule="best", metric="macro_f1"))
    assert figures(list(by_f1.epochs())) == figures(whole), "trained again, with the same numbers"
    assert by_f1.computed > 0
    assert all((found := store.epoch(one.stored.key, one.stored.provenance)) and found.record.macro_f1 for one in whole)
