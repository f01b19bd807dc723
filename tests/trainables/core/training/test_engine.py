"""One epoch of training: mini-batches in parts, statistics, momentum, precision and seed."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import figures, trial, weights
from trainables.core.data import Dataset, Part
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import TrialConfig
from trainables.core.training.engine import Engine


def test_another_seed_gives_other_numbers(digits: Dataset, tmp_path: Path) -> None:
    one = list(trial(small_config(), digits, tmp_path).epochs())
    other = list(trial(small_config(training={"seed": 1}), digits, tmp_path).epochs())
    assert figures(one) != figures(other)


def test_frozen_statistics_change_the_buffers_and_not_the_first_step(digits: Dataset, tmp_path: Path) -> None:
    both = trial(small_config(epochs=1, switch_epoch=0), digits, tmp_path)
    first = trial(small_config(epochs=1, switch_epoch=0, training={"bn_stats": "first"}), digits, tmp_path)
    one, two = weights(both), weights(first)
    assert torch.equal(one["0.weight"], two["0.weight"]), "training normalises by the batch in either case"
    assert not torch.equal(one["1.running_mean"], two["1.running_mean"])


def test_resetting_momentum_changes_the_epochs_after_the_switch_alone(digits: Dataset, tmp_path: Path) -> None:
    kept = figures(list(trial(small_config(), digits, tmp_path).epochs()))
    reset = figures(list(trial(small_config(training={"reset_momentum": True}), digits, tmp_path).epochs()))
    assert kept[:2] == reset[:2]
    assert kept[2] != reset[2]


def test_bf16_trains_in_finite_numbers(digits: Dataset, tmp_path: Path) -> None:
    outcomes = list(trial(small_config(training={"precision": "bf16"}), digits, tmp_path).epochs())
    assert outcomes[-1].stored.record.train_loss < outcomes[0].stored.record.train_loss


LINEAR = {"model": {"name": "tests.trainables.hungry_model:linear"}}


SETTINGS = (EpochSettings("sgd", 0.05), EpochSettings("pugd", 0.05, 1.0, 1.0, "both"))


def trained(config: TrialConfig, digits: Dataset, settings: EpochSettings, parts: int) -> tuple[Engine, float]:
    engine = Engine(config, digits, torch.device("cpu"), parts)
    return engine, engine.train_epoch(0, settings).train_loss


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.phase)
@pytest.mark.parametrize("batch_size", [32, 30])
def test_a_batch_in_parts_gives_the_same_numbers_up_to_rounding(
    digits: Dataset, settings: EpochSettings, batch_size: int
) -> None:
    config = small_config(training={"batch_size": batch_size}, **LINEAR)
    (whole, loss), (parts, loss_in_parts) = (trained(config, digits, settings, number) for number in (1, 4))
    assert loss_in_parts == pytest.approx(loss, rel=1e-5)
    for one, other in zip(whole.parameters().values(), parts.parameters().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_model_that_normalises_by_the_batch_takes_it_whole(digits: Dataset) -> None:
    (whole, loss), (parts, loss_in_parts) = (trained(small_config(), digits, SETTINGS[1], n) for n in (1, 4))
    assert loss_in_parts == loss
    weights = parts.parameters()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in whole.parameters().items())


def test_the_model_sees_squares_of_the_crop_size_and_is_evaluated_on_the_middle(digits: Dataset) -> None:
    cropped = small_config(training={"augmentation": {"crop_size": 6}}, **LINEAR)
    engine, loss = trained(cropped, digits, SETTINGS[1], 1)
    assert loss < 3.0
    assert engine.parameters()["1.weight"].shape == (10, 36)
    middle = Part(digits.val.images[:, :, 1:7, 1:7], digits.val.labels)
    found = engine.evaluate(digits.val)
    whole = replace(digits, train=Part(digits.train.images[:, :, 1:7, 1:7], digits.train.labels))
    same = Engine(small_config(**LINEAR), whole, torch.device("cpu"))
    same.load(engine.dump())
    assert same.evaluate(middle) == found
