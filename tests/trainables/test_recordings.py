"""A worker continues after a recording has failed, whatever the error was."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.trainables.core.tape import Tape
from tests.trainables.test_worker import order, reports, worker
from trainables.core.training import trial
from trainables.core.training.engine import Engine


class Refusing(Tape):
    """A recorder that fails as CUDA does when the host waits while it records."""

    def record(self, work: object) -> tuple[Callable[[], None], tuple[Tensor, ...]]:
        del work
        raise torch.AcceleratorError("CUDA error: operation not permitted when stream is capturing")


def test_a_worker_trains_on_and_tells_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reports(worker(order(tmp_path / "plain", 0)))
    monkeypatch.setattr(trial, "Engine", functools.partial(Engine, recorder=Refusing()))
    told = reports(worker(order(tmp_path / "refused", 0)))
    assert [result["outcome"] for result in told] == ["epoch"] * len(plain)
    assert [epoch["val_acc"] for result in told for epoch in result["epochs"]] == [
        epoch["val_acc"] for result in plain for epoch in result["epochs"]
    ]
    (note,) = (note for result in told for epoch in result["epochs"] for note in epoch["notes"])
    assert note.startswith("its steps cannot be recorded and are done one by one, which is slower: AcceleratorError")
