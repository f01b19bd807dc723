"""A step recorded once an epoch and replayed: on a GPU two gradients for one launch from the host."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor

from trainables.core.settings.section import first_line

Figures = tuple[Tensor, ...]
StepOnBatch = Callable[[Tensor, Tensor], Figures]
"""Images and labels of a mini-batch to the step's figures, all on the device."""
Replay = Callable[[], None]


class Recorder(Protocol):
    """A device's way to record work. What is recorded is not computed before it is replayed."""

    def working(self) -> AbstractContextManager[None]:
        """Where all work of an engine goes on, recorded or not."""

    def watched(self) -> AbstractContextManager[list[str]]:
        """Around a step that is done as it stands; afterwards the list says what in it no recording can hold."""

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        """The way to do the work again, and where its figures will then stand.

        When the work cannot be recorded, whatever error says so, the device is as it was before, random numbers
        included.
        """

    def release(self) -> None:
        """Give back all recordings with their memory."""


class ReplayedStep:
    """The steps of one epoch, in which all settings stay what they are.

    The first one is done as it stands: momentum comes into being, and libraries make what they need. The second is
    recorded. Later ones put their batch where the recorded one lay and replay. A batch of another size, such as an
    epoch's last, is done as it stands, and so is every batch when the step cannot be recorded.
    """

    def __init__(self, step: StepOnBatch, recorder: Recorder, way_back: Callable[[], Callable[[], None]]) -> None:
        """way_back: before a recording; what it returns brings what the step changes on the host back to that."""
        self._step, self._recorder, self._way_back = step, recorder, way_back
        self._begun = False
        self._replay: Replay | None = None
        self._batch: tuple[Tensor, Tensor] | None = None
        self._figures: Figures = ()
        self.hindrance = ""
        """Why the step cannot be recorded; empty as long as nothing is known against it."""

    def __call__(self, images: Tensor, labels: Tensor) -> Figures:
        """The step's figures, which later steps leave alone."""
        if not self._begun:
            self._begun = True
            with self._recorder.watched() as found:
                figures = self._step(images, labels)
            self.hindrance = "; ".join(found)
            return figures
        if self._batch is None and not self.hindrance:
            self._record(images, labels)
        if self._batch is None or images.shape != self._batch[0].shape:
            return self._step(images, labels)
        assert self._replay is not None
        self._batch[0].copy_(images)
        self._batch[1].copy_(labels)
        self._replay()
        return tuple(figure.clone() for figure in self._figures)

    def _record(self, images: Tensor, labels: Tensor) -> None:
        batch = (images.clone(memory_format=torch.preserve_format), labels.clone())
        back = self._way_back()
        try:
            self._replay, self._figures = self._recorder.record(lambda: self._step(*batch))
        except Exception as error:
            # An error of the step itself comes again where it is done as it stands, and is told there.
            self.hindrance = f"{type(error).__name__}: {first_line(error)}"
            back()
        else:
            self._batch = batch
