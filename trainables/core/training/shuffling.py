"""The order in which an epoch uses the training images."""

import torch
from torch import Tensor

BLOCK = 64
"""Number of neighbouring images that are read together with shuffle `blocks`."""
WINDOW = 256
"""Number of blocks whose images are shuffled together."""


def epoch_order(number: int, shuffle: str, source: torch.Generator) -> Tensor:
    """Return a permutation of 0 to number - 1, int64.

    `images`: every permutation is equally likely. `blocks`: the blocks of BLOCK neighbours are put in random order;
    then the images of each WINDOW blocks are shuffled together. So the disk reads whole blocks, once per epoch, when
    the images do not fit into memory. The images of a folder are sorted by class: only a window that is much
    larger than a mini-batch gives mini-batches of all classes.
    """
    if shuffle == "images":
        return torch.randperm(number, generator=source)
    blocks = torch.arange(number).split(BLOCK)
    shuffled = [blocks[index] for index in torch.randperm(len(blocks), generator=source).tolist()]
    windows = (torch.cat(shuffled[start : start + WINDOW]) for start in range(0, len(shuffled), WINDOW))
    return torch.cat([window[torch.randperm(len(window), generator=source)] for window in windows])
