"""A recorded step gives the same numbers as a plain one; a step that cannot be recorded is computed directly."""

import dataclasses
import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.trainables.core.conftest import small_config
from tests.trainables.core.tape import REFUSED, Tape
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.history.store import Store
from trainables.core.optimizer.capture import Figures, Replay, ReplayedStep
from trainables.core.settings.config import PerturbationConfig
from trainables.core.training import trial
from trainables.core.training.engine import Engine
from trainables.core.training.epoch_figures import DivergedError
from trainables.core.training.trial import Trial

SETTINGS = {
    "sgd": EpochSettings("sgd", 0.05),
    "pugd": EpochSettings("pugd", 0.05, 0.5, 2.0, "first", reset_momentum=True),
    "amp": EpochSettings("amp", 0.05, 0.5, None, perturbation=PerturbationConfig("amp", inner_lr=1.0, inner_steps=2)),
}
ERRORS = (
    RuntimeError(REFUSED),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nwith a second line"),
    torch.AcceleratorError(f"CUDA error: {REFUSED}"),
)
NOTE = "its steps cannot be recorded and are done one by one, which is slower: "


class Stops(TorchDispatchMode):
    """Raises an error at the n-th operation."""

    def __init__(self, error: Exception, number: int) -> None:
        super().__init__()
        self._error, self._left = error, number

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        self._left -= 1
        if self._left < 0:
            raise self._error
        return func(*args, **(kwargs or {}))


class Failing(Tape):
    """A recorder that fails after a part of the work."""

    def __init__(self, error: Exception, share: float) -> None:
        super().__init__()
        self._error, self._share = error, share
        self.tries = 0

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        self.tries += 1
        operations = self._operations(work)
        assert operations > 50

        def stopped() -> Figures:
            with Stops(self._error, int(self._share * operations)):
                work()
            raise self._error

        return super().record(stopped)

    def _operations(self, work: Callable[[], Figures]) -> int:
        counted = Tape()
        counted.record(work)
        return len(counted.recordings[0]._operations)


def odd(kind: str) -> dict[str, Any]:
    return {"model": {"name": "tests.trainables.core.odd_model:linear", "options": {"kind": kind}}}


def test_a_replayed_step_takes_every_batch_and_keeps_every_figure() -> None:
    def step(images: Tensor, labels: Tensor) -> Figures:
        return (images.sum() + labels.sum(),)

    tape = Tape()
    replayed = ReplayedStep(step, tape, lambda: lambda: None)
    batches = [(torch.full((size,), float(value)), torch.arange(size)) for value, size in enumerate((4, 4, 4, 4, 3))]
    figures = [replayed(images, labels)[0] for images, labels in batches]
    assert [float(figure) for figure in figures] == [float(images.sum() + labels.sum()) for images, labels in batches]
    assert (tape.made, tape.replays, replayed.hindrance) == (1, 3, "")


@pytest.mark.parametrize(
    "share", [0.0, 0.6, *(pytest.param(share, marks=pytest.mark.campaign) for share in (0.3, 0.9, 1.0))]
)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_recording_that_fails_at_any_moment_changes_no_number(
    digits: Dataset, settings: EpochSettings, share: float
) -> None:
    error = ERRORS[int(10 * share) % len(ERRORS)]
    failing = Failing(error, share)
    plain, other = (Engine(small_config(), digits, torch.device("cpu"), recorder=some) for some in (None, failing))
    expected = [plain.train_epoch(epoch, settings) for epoch in range(2)]
    first, second = (other.train_epoch(epoch, settings) for epoch in range(2))
    assert first.notes == (f"{NOTE}{type(error).__name__}: {str(error).splitlines()[0]}",)
    assert (failing.tries, failing.made) == (1, 0)
    assert [(figures.train_loss, figures.grad_norms) for figures in (first, second)] == [
        (figures.train_loss, figures.grad_norms) for figures in expected
    ]
    assert second == expected[1], "told once, and not tried again"
    assert other.dump() == plain.dump()


def test_a_model_that_reads_a_value_trains_on_and_its_user_hears_why(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = list(Trial(small_config(**odd("reads")), digits, Store(str(tmp_path / "plain")), "0").epochs())
    monkeypatch.setattr(trial, "Engine", functools.partial(Engine, recorder=Tape()))
    trained = list(Trial(small_config(**odd("reads")), digits, Store(str(tmp_path / "recorded")), "0").epochs())
    assert [outcome.notes for outcome in trained] == [(f"{NOTE}RuntimeError: {REFUSED}",), (), (), ()]
    for one, other in zip(plain, trained, strict=True):
        assert (one.stored.key, one.stored.grad_norms) == (other.stored.key, other.stored.grad_norms)
        assert one.stored.record.val_loss == other.stored.record.val_loss


def test_an_error_of_the_model_itself_stays_what_it_is(digits: Dataset) -> None:
    engine = Engine(small_config(**odd("breaks")), digits, torch.device("cpu"), recorder=Tape())
    with pytest.raises(ValueError, match="no second pass"):
        engine.train_epoch(0, SETTINGS["pugd"])


def test_what_a_first_step_shows_against_a_recording_is_not_tried(digits: Dataset) -> None:
    class Wary(Tape):
        def watched(self) -> AbstractContextManager[list[str]]:
            return nullcontext(["random numbers are drawn on the host"])

    tape = Wary()
    engine = Engine(small_config(), digits, torch.device("cpu"), recorder=tape)
    assert engine.train_epoch(0, SETTINGS["sgd"]).notes == (f"{NOTE}random numbers are drawn on the host",)
    assert (tape.made, engine.records) == (0, False)


def test_an_epoch_that_diverges_gives_its_recording_back(digits: Dataset) -> None:
    tape = Tape()
    engine = Engine(small_config(), digits, torch.device("cpu"), recorder=tape)
    with pytest.raises(DivergedError):
        engine.train_epoch(0, EpochSettings("sgd", 1e30))
    assert (tape.made, tape.recordings, tape.left_behind()) == (1, [], 0)


def test_some_steps_of_an_epoch_are_its_first_or_reach_to_its_last(digits: Dataset) -> None:
    still = dataclasses.replace(SETTINGS["sgd"], learning_rate=0.0)
    engine = Engine(small_config(training={"batch_size": 50}), digits, torch.device("cpu"))
    whole = engine.train_epoch(0, still).grad_norms
    assert len(whole) == 3
    assert engine.train_epoch(0, still, most_steps=2).grad_norms == whole[:2]
    assert engine.train_epoch(0, still, most_steps=2, to_the_last=True).grad_norms == (whole[0], whole[2])
    assert engine.train_epoch(0, still, most_steps=9, to_the_last=True).grad_norms == whole
