"""A mini-batch in parts: less memory, the same numbers up to rounding, and never where images look at one another."""

import pytest
import torch

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.history.provenance import machine
from trainables.core.settings.config import TrialConfig
from trainables.core.training.engine import Engine

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


def test_what_was_trained_in_parts_is_not_taken_for_the_work_of_this_machine() -> None:
    cpu = torch.device("cpu")
    assert machine(cpu, 1) == machine(cpu)
    assert machine(cpu, 4) != machine(cpu)
