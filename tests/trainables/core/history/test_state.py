"""A state between two epochs holds everything that a new engine needs to continue, and cannot run code."""

import pytest
import safetensors.torch
import torch
from torch import nn

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.history.sealing import DamagedError
from trainables.core.history.state import dump_state, load_state
from trainables.core.optimizer.pugd import PUGD
from trainables.core.training.engine import Engine

PUGD_EPOCH = EpochSettings("pugd", 0.05, 1.0, 1.0, "both")


def net(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.BatchNorm2d(width))


def optimizer_of(model: nn.Module) -> PUGD:
    return PUGD(model.parameters(), lr=0.1, momentum=0.9, phase="sgd")


def trained() -> tuple[nn.Module, PUGD]:
    """A net after one step."""
    model = net()
    optimizer = optimizer_of(model)
    model(torch.rand(4, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    return model, optimizer


def test_a_state_holds_parameters_buffers_and_momentum_by_name() -> None:
    model, optimizer = trained()
    tensors = safetensors.torch.load(dump_state(model, optimizer))
    named = dict(model.named_parameters())
    assert tensors.keys() == {f"model.{name}" for name in model.state_dict()} | {f"momentum.{name}" for name in named}
    assert torch.equal(tensors["model.1.running_mean"], model.state_dict()["1.running_mean"])
    assert torch.equal(tensors["momentum.0.weight"], optimizer.state[named["0.weight"]]["momentum_buffer"])


def test_a_state_is_loaded_into_a_new_model_and_optimizer() -> None:
    model, optimizer = trained()
    payload, other = dump_state(model, optimizer), net()
    new = optimizer_of(other)
    load_state(payload, other, new)
    assert dump_state(other, new) == payload


def test_a_state_before_the_first_step_has_no_momentum() -> None:
    model = net()
    tensors = safetensors.torch.load(dump_state(model, optimizer_of(model)))
    assert tensors.keys() == {f"model.{name}" for name in model.state_dict()}


@pytest.mark.parametrize("payload", [b"", b"not safetensors", safetensors.torch.save({"model.x": torch.zeros(1)})])
def test_bytes_that_are_no_state_of_the_model_are_refused(payload: bytes) -> None:
    model = net()
    with pytest.raises(DamagedError, match="not a state of this model"):
        load_state(payload, model, optimizer_of(model))


def test_a_state_of_a_wider_model_is_refused() -> None:
    model, wider = net(), net(4)
    with pytest.raises(DamagedError, match="not a state of this model"):
        load_state(dump_state(wider, optimizer_of(wider)), model, optimizer_of(model))


def test_an_engine_continues_from_a_state_bit_for_bit(digits: Dataset) -> None:
    whole, resumed = (Engine(small_config(), digits, torch.device("cpu")) for _ in range(2))
    whole.train_epoch(0, PUGD_EPOCH)
    resumed.load(whole.dump())
    assert resumed.train_epoch(1, PUGD_EPOCH) == whole.train_epoch(1, PUGD_EPOCH)
    assert resumed.dump() == whole.dump()
