"""A small real training: the digits, few images, the small net."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.trainables.core.emulated_gpu import AutocastOfGpu, EmulatedGpu
from trainables.core.data import Dataset, load_dataset
from trainables.core.settings.config import DatasetConfig, TrialConfig

DIGITS = {"name": "digits", "num_train": 128}


def small_config(epochs: int = 4, switch_epoch: int = 2, **sections: dict[str, Any]) -> TrialConfig:
    """A trial of 4 steps an epoch, computed formula by formula; sections replace or add settings."""
    training = {"epochs": epochs, "batch_size": 32, "lr": 0.05, "step": "reference", **sections.pop("training", {})}
    timing = {"rule": "epoch", "switch_epoch": switch_epoch}
    return TrialConfig.from_dict(
        {
            "dataset": DIGITS,
            "model": sections.pop("model", {"name": "small"}),
            "training": training,
            "timing": timing,
            **sections,
        }
    )


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """The data of `small_config`."""
    return load_dataset(DatasetConfig(**DIGITS))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Numbers on a CPU depend on the number of threads; every test has one unless it says otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedGpu]:
    """A GPU in the memory of the host, as `cuda`."""
    monkeypatch.setattr(torch, "autocast", AutocastOfGpu)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda _: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (2**40, 2**40))
    with EmulatedGpu() as emulated:
        yield emulated
