"""Record one training step per epoch and replay it for the others, so that a GPU needs one launch per step."""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor

from trainables.core.settings.section import first_line

Figures = tuple[Tensor, ...]
StepOnBatch = Callable[..., Figures]
"""One training step: takes images and targets of a mini-batch, returns loss, hits, gradient norm and, where it is
adaptive, the scale, on the device.

The targets are one or more tensors, as many in each step of an epoch."""
Replay = Callable[[], None]


class Recorder(Protocol):
    """Records work on a device. Recording does not compute anything; replaying the recording does."""

    def working(self) -> AbstractContextManager[None]:
        """A context in which an engine does all its work, recorded or not."""

    def watched(self) -> AbstractContextManager[list[str]]:
        """A context around a step that is computed directly. On exit, the list says what in it cannot be recorded."""

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        """Record the work. Returns the function that replays it, and the tensors in which each replay puts the figures.

        When the work cannot be recorded, this raises the error, and leaves the device and its random numbers as they
        were before.
        """

    def release(self) -> None:
        """Free all recordings and their memory."""


class ReplayedSteps:
    """Computes the steps of one epoch that are of several kinds, such as PUGD steps with SGD steps between them.

    Each kind has a recording of its own. When one kind cannot be recorded, all later steps are computed directly: after
    a failed recording the optimizer has let go of memory in which the others compute.
    """

    def __init__(
        self,
        step: StepOnBatch,
        recorder: Recorder,
        way_back: Callable[[], Callable[[], None]],
        kind: Callable[[], Hashable],
    ) -> None:
        """way_back: see `ReplayedStep`. kind: called before each step; returns which kind of step it is."""
        self._step, self._kind = step, kind
        self._given = recorder, way_back
        self._of: dict[Hashable, ReplayedStep] = {}
        self.hindrance = ""
        """Why a step cannot be recorded; empty while no reason is known."""

    def __call__(self, *batch: Tensor) -> Figures:
        """Do one step on a mini-batch: images, then targets."""
        if self.hindrance:
            return self._step(*batch)
        replayed = self._of.setdefault(self._kind(), ReplayedStep(self._step, *self._given))
        figures = replayed(*batch)
        self.hindrance = replayed.hindrance
        return figures


class ReplayedStep:
    """Computes the steps of one epoch, during which no setting changes but those in tensors on the device.

    The first step is computed directly, because momentum buffers and library workspaces are created in it. The second
    is recorded. Each later step copies its batch over the recorded one and replays the recording. A batch of another
    size, such as the last one of an epoch, is computed directly; so is every batch when the step cannot be recorded.
    """

    def __init__(self, step: StepOnBatch, recorder: Recorder, way_back: Callable[[], Callable[[], None]]) -> None:
        """way_back: called before a recording; returns a function that undoes what the step then changes on the host.

        That function is called when the recording fails.
        """
        self._step, self._recorder, self._way_back = step, recorder, way_back
        self._begun = False
        self._replay: Replay | None = None
        self._batch: tuple[Tensor, ...] | None = None
        self._figures: Figures = ()
        self.hindrance = ""
        """Why the step cannot be recorded; empty while no reason is known."""

    def __call__(self, *batch: Tensor) -> Figures:
        """Do one step on a mini-batch: images, then targets.

        The figures returned are tensors that later steps do not overwrite.
        """
        if not self._begun:
            self._begun = True
            with self._recorder.watched() as found:
                figures = self._step(*batch)
            self.hindrance = "; ".join(found)
            return figures
        if self._batch is None and not self.hindrance:
            self._record(*batch)
        if self._batch is None or batch[0].shape != self._batch[0].shape:
            return self._step(*batch)
        assert self._replay is not None
        for recorded, given in zip(self._batch, batch, strict=True):
            recorded.copy_(given)
        self._replay()
        return tuple(figure.clone() for figure in self._figures)

    def _record(self, *batch: Tensor) -> None:
        own = tuple(tensor.clone(memory_format=torch.preserve_format) for tensor in batch)
        back = self._way_back()
        try:
            self._replay, self._figures = self._recorder.record(lambda: self._step(*own))
        except Exception as error:
            # If the step itself is wrong, computing it directly raises the same error again, where it is not caught.
            self.hindrance = f"{type(error).__name__}: {first_line(error)}"
            back()
        else:
            self._batch = own
