"""A worker outlives a recording that failed, whatever error told it."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.trainables.core.tape import Tape
from tests.trainables.test_ray_trainable import order, results
from trainables.core.training import trial
from trainables.core.training.engine import Engine
from trainables.ray_trainable import RTSTrainable


class Refusing(Tape):
    """A recorder that fails as CUDA does when the host waits while it records."""

    def record(self, work: object) -> tuple[Callable[[], None], tuple[Tensor, ...]]:
        del work
        raise torch.AcceleratorError("CUDA error: operation not permitted when stream is capturing")


def test_a_worker_trains_on_and_tells_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = results(RTSTrainable(config=order(tmp_path / "plain", 0)))
    monkeypatch.setattr(trial, "Engine", functools.partial(Engine, recorder=Refusing()))
    told = results(RTSTrainable(config=order(tmp_path / "refused", 0)))
    assert [result["outcome"] for result in told] == ["epoch"] * len(plain)
    assert [result["val_acc"] for result in told] == [result["val_acc"] for result in plain]
    (note,) = (note for result in told for note in result["notes"])
    assert note.startswith("its steps cannot be recorded and are done one by one, which is slower: AcceleratorError")
