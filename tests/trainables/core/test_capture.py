"""A recorded step gives the numbers of the step itself, and no step makes the host wait for the device."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.trainables.core.conftest import small_config
from trainables.core.capture import Figures, ReplayedStep
from trainables.core.data import Dataset
from trainables.core.engine import Engine
from trainables.core.lineage import EpochSettings

SETTINGS = (
    EpochSettings("sgd", 0.05),
    EpochSettings("ngd", 0.05, 0.0),
    EpochSettings("pugd", 0.05, 0.5, 2.0, "first", reset_momentum=True),
)


def done_again(work: Callable[[], Figures]) -> tuple[Callable[[], None], Figures]:
    """A recording on a CPU: the work is done again where the batch lies, and the figures stay where they are."""
    figures = tuple(torch.zeros(()) for _ in range(1))

    def replay() -> None:
        for kept, new in zip(figures, work(), strict=True):
            kept.copy_(new)

    return replay, figures


class Waits(TorchDispatchMode):
    """Counts what brings a number from the device to the host."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        self.number += func.overloadpacket._qualified_op_name in ("aten::_local_scalar_dense", "aten::nonzero")
        return func(*args, **(kwargs or {}))


def test_a_replayed_step_takes_every_batch_and_keeps_every_figure() -> None:
    done: list[float] = []

    def step(images: Tensor, labels: Tensor) -> Figures:
        done.append(float(images.sum() + labels.sum()))
        return (images.sum() + labels.sum(),)

    replayed = ReplayedStep(step, done_again)
    batches = [(torch.full((size,), float(value)), torch.arange(size)) for value, size in enumerate((4, 4, 4, 4, 3))]
    figures = [replayed(images, labels)[0] for images, labels in batches]
    expected = [float(images.sum() + labels.sum()) for images, labels in batches]
    assert [float(figure) for figure in figures] == expected == done, "each done once, figures not overwritten"


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.phase)
def test_no_step_of_the_reference_waits_for_the_device(digits: Dataset, settings: EpochSettings) -> None:
    engine = Engine(small_config(), digits, torch.device("cpu"))
    counts = []
    for steps in (2, 7):
        with Waits() as waits:
            engine.train_epoch(0, settings, most_steps=steps)
        counts.append(waits.number)
    assert counts[0] == counts[1] > 0, "the figures come to the host once an epoch"


@pytest.mark.gpu
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.phase)
def test_recorded_steps_agree_with_the_reference_on_a_gpu(digits: Dataset, settings: EpochSettings) -> None:
    before = torch.get_float32_matmul_precision()
    engines = {}
    for step in ("reference", "fused"):
        engine = Engine(small_config(training={"step": step}), digits, torch.device("cuda"))
        torch.set_float32_matmul_precision(before)
        engines[step] = engine, [engine.train_epoch(epoch, settings) for epoch in range(3)]
    (one, figures), (other, recorded) = engines.values()
    for mine, theirs in zip(figures, recorded, strict=True):
        assert theirs.grad_norms == pytest.approx(mine.grad_norms, rel=1e-4)
    for mine, theirs in zip(one.parameters().values(), other.parameters().values(), strict=True):
        torch.testing.assert_close(theirs, mine, rtol=1e-4, atol=1e-6)
