"""In which order an epoch takes its images."""

import torch
from torch import Tensor

BLOCK = 64
"""Images that lie side by side and are read together."""
WINDOW = 256
"""Blocks among whose images an epoch chooses at a time."""


def epoch_order(number: int, shuffle: str, source: torch.Generator) -> Tensor:
    """A permutation of 0 to number - 1, int64.

    `images`: any order, every one as likely as another. `blocks`: blocks of BLOCK neighbours in random order, WINDOW of
    them at a time, and in each such window the images in random order: a disk reads whole blocks, and each once, where
    the memory does not hold all images. Images of a folder are sorted by class, so that a window has to be much larger
    than a batch for batches of all classes.
    """
    if shuffle == "images":
        return torch.randperm(number, generator=source)
    blocks = torch.arange(number).split(BLOCK)
    shuffled = [blocks[index] for index in torch.randperm(len(blocks), generator=source).tolist()]
    windows = (torch.cat(shuffled[start : start + WINDOW]) for start in range(0, len(shuffled), WINDOW))
    return torch.cat([window[torch.randperm(len(window), generator=source)] for window in windows])
