"""The average of the weights: as torch averages them, and it is what is validated and exported."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.training.averaging import WeightAverage
from trainables.core.training.engine import Engine


def test_the_average_is_that_of_torch_bit_for_bit() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(108, 2))
    ours = WeightAverage(model, 0.9)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
    assert ours.tensors() == {}
    for step in range(12):
        model(torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(step))).square().sum().backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.01 * p.grad
        ours.update()
        theirs.update_parameters(model)
    expected = theirs.module.state_dict()
    for name, value in ours.tensors().items():
        if value.is_floating_point():
            assert torch.equal(value, expected[name]), name
    assert int(ours.tensors()["1.num_batches_tracked"]) == 12, "counters are copied"


def test_the_model_has_the_average_while_it_is_shown_and_its_own_values_after() -> None:
    model = nn.Linear(2, 2)
    average, before = WeightAverage(model, 0.5), model.weight.detach().clone()
    average.update()
    with torch.no_grad():
        model.weight += 1.0
    average.update()
    after, address = model.weight.detach().clone(), model.weight.data_ptr()
    with average.shown():
        torch.testing.assert_close(model.weight.detach(), before + 0.5)
    assert torch.equal(model.weight, after)
    assert model.weight.data_ptr() == address


def test_validation_and_export_take_the_average_and_training_does_not(digits: Dataset, tmp_path: Path) -> None:
    plain, averaged = (trial(small_config(2, 1, training=one), digits, tmp_path) for one in ({}, {"ema": 0.9}))
    one, other = figures(list(plain.epochs())), figures(list(averaged.epochs()))
    assert [each["train_loss"] for each in one] == [each["train_loss"] for each in other]
    assert one[1]["val_loss"] != other[1]["val_loss"]
    assert not torch.equal(weights(plain)["0.weight"], weights(averaged)["0.weight"])
    engine = Engine(small_config(2, 1), digits, torch.device("cpu"))
    engine._model.load_state_dict(weights(averaged))
    assert engine.evaluate(digits.val).loss == pytest.approx(other[1]["val_loss"], rel=1e-6)


def test_before_the_first_step_the_model_itself_is_evaluated(digits: Dataset) -> None:
    plain, averaged = (Engine(small_config(training=one), digits, torch.device("cpu")) for one in ({}, {"ema": 0.999}))
    assert plain.evaluate(digits.val) == averaged.evaluate(digits.val)
    averaged.load(plain.dump())
    averaged.train_epoch(0, EpochSettings("sgd", 0.0), most_steps=1)
