"""BatchNorm's running statistics, computed again from images at the present weights."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

BatchNorm = nn.modules.batchnorm._BatchNorm


def tracking(model: nn.Module) -> list[BatchNorm]:
    """The BatchNorm layers of a model that have running statistics."""
    return [one for one in model.modules() if isinstance(one, BatchNorm) and one.running_mean is not None]


def recompute(model: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set the statistics to the mean over the batches of each batch's mean and unbiased variance.

    All other modules stay in their mode.
    """
    layers = tracking(model)
    before = [(layer.training, layer.momentum) for layer in layers]
    try:
        for layer in layers:
            layer.reset_running_stats()
            layer.train()
            layer.momentum = None  # the mean over all batches
        with torch.no_grad():
            for images in batches:
                model(images)
    finally:
        for layer, (training, momentum) in zip(layers, before, strict=True):
            layer.train(training)
            layer.momentum = momentum


@contextmanager
def recomputed(model: nn.Module, batches: Iterable[Tensor]) -> Iterator[None]:
    """A context with statistics of the present weights; at its end they are what they were."""
    kept = [(buffer, buffer.clone()) for layer in tracking(model) for buffer in layer.buffers(recurse=False)]
    try:
        recompute(model, batches)
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)
