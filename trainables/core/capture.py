"""A step on a GPU recorded once an epoch as a CUDA graph and replayed: two gradients for one launch from the host."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

Figures = tuple[Tensor, ...]
StepOnBatch = Callable[[Tensor, Tensor], Figures]
"""Images and labels of a mini-batch to the step's figures, all on the device."""
Record = Callable[[Callable[[], Figures]], tuple[Callable[[], None], Figures]]
"""Work to the way to do it again, and where its figures will then stand."""


class ReplayedStep:
    """The steps of one epoch, in which all settings stay what they are.

    The first one is done as it stands: momentum comes into being, and libraries make what they need. The second is
    recorded. Later ones put their batch where the recorded one lay and replay. A batch of another size, such as an
    epoch's last, is done as it stands.
    """

    def __init__(self, step: StepOnBatch, record: Record) -> None:
        self._step, self._record = step, record
        self._begun = False
        self._replay: Callable[[], None] | None = None
        self._batch: tuple[Tensor, Tensor] | None = None
        self._figures: Figures = ()

    def __call__(self, images: Tensor, labels: Tensor) -> Figures:
        """The step's figures, which later steps leave alone."""
        if not self._begun:
            self._begun = True
            return self._step(images, labels)
        if self._batch is None:
            self._batch = (images.clone(memory_format=torch.preserve_format), labels.clone())
            batch = self._batch
            self._replay, self._figures = self._record(lambda: self._step(*batch))
        elif images.shape != self._batch[0].shape:
            return self._step(images, labels)
        assert self._replay is not None
        self._batch[0].copy_(images)
        self._batch[1].copy_(labels)
        self._replay()
        return tuple(figure.clone() for figure in self._figures)


def cuda_graph(work: Callable[[], Figures]) -> tuple[Callable[[], None], Figures]:
    """Record work on the current stream, which must not be the default one; nothing is computed until its replay."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
        figures = work()
    return graph.replay, figures


@contextmanager
def stream_of_its_own(device: torch.device) -> Iterator[None]:
    """Work on a stream that can be recorded, after what was begun before and ahead of what comes after."""
    before, own = torch.cuda.current_stream(device), torch.cuda.Stream(device)
    own.wait_stream(before)
    with torch.cuda.stream(own):
        yield
    before.wait_stream(own)
