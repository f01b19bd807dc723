"""The loss that is trained: label smoothing, class weights, and both on images that are mixed of two."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import figures, trial
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import TrainingConfig
from trainables.core.training.criterion import Criterion, balanced_weights
from trainables.core.training.engine import Engine

LABELS = torch.tensor([0, 0, 0, 1, 1, 3])


def criterion(**training: Any) -> Criterion:
    return Criterion(TrainingConfig(epochs=1, batch_size=1, lr=1.0, **training), LABELS, 4)


def batch() -> tuple[Tensor, Tensor]:
    return torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64), LABELS


def test_balanced_weights_are_n_over_k_n_c_and_their_mean_over_the_images_is_1() -> None:
    weights = balanced_weights(LABELS, 4)
    assert weights.tolist() == pytest.approx([6 / 9, 6 / 6, 0.0, 6 / 3])
    assert float(weights[LABELS].mean()) == pytest.approx(1.0)


def test_without_settings_the_loss_is_the_plain_mean() -> None:
    logits, labels = batch()
    assert criterion().plain
    assert torch.equal(criterion()(logits, labels), functional.cross_entropy(logits, labels))


def test_label_smoothing_is_the_mean_over_smoothed_targets() -> None:
    logits, labels = batch()
    targets = 0.8 * functional.one_hot(labels, 4) + 0.2 / 4
    expected = -(targets * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(criterion(label_smoothing=0.2)(logits, labels), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_mixed_images_that_are_all_their_own_have_the_plain_loss(smoothing: float) -> None:
    logits, labels = batch()
    logits, partners, ones = logits.float(), labels.flip(0), torch.ones(6)
    some = criterion(label_smoothing=smoothing, class_weights="balanced")
    torch.testing.assert_close(some(logits, labels, partners, ones), some(logits, labels))
    halves = some(logits, labels, partners, torch.full((6,), 0.3))
    other = some(logits, partners, labels, torch.full((6,), 0.7))
    torch.testing.assert_close(halves, other, msg="each of the two labels counts by its share")


@pytest.mark.parametrize("training", [{"label_smoothing": 0.1}, {"class_weights": "balanced"}])
def test_a_batch_in_parts_gives_the_same_numbers_up_to_rounding(digits: Dataset, training: dict[str, Any]) -> None:
    model = {"name": "tests.trainables.hungry_model:linear"}
    config = small_config(training={"batch_size": 30, **training}, model=model)
    engines = [Engine(config, digits, torch.device("cpu"), parts) for parts in (1, 4)]
    losses = [engine.train_epoch(0, EpochSettings("sgd", 0.05)).train_loss for engine in engines]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    for one, other in zip(engines[0].parameters().values(), engines[1].parameters().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_the_recorded_loss_is_without_smoothing_and_weights(digits: Dataset, tmp_path: Path) -> None:
    still = {"lr": 1e-30, "weight_decay": 0.0, "bn_stats": "first"}
    records = [
        figures(list(trial(small_config(1, 1, training={**still, **one}), digits, tmp_path).epochs()))[0]
        for one in ({}, {"label_smoothing": 0.5}, {"class_weights": "balanced"})
    ]
    assert records[1]["train_loss"] == records[2]["train_loss"] == records[0]["train_loss"]
    assert records[1]["grad_norm"] != records[0]["grad_norm"]
    assert records[2]["grad_norm"] != records[0]["grad_norm"]
