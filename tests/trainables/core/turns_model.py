"""A model whose layers take turns at having a gradient, as with layers that are dropped at random."""

import torch
from torch import Tensor, nn


class Turns(nn.Module):
    """Of two ways from the pixels to the logits a random one is taken."""

    def __init__(self, pixels: int, num_classes: int) -> None:
        super().__init__()
        self.ways = nn.ModuleList(nn.Linear(pixels, num_classes) for _ in range(2))

    def forward(self, images: Tensor) -> Tensor:
        """Logits (batch, num_classes) of images (batch, channels, height, width)."""
        way = int(torch.randint(2, ())) if self.training else 0
        return self.ways[way](images.flatten(1))


def turns(num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """The model for images of a data set."""
    return Turns(in_channels * image_size**2, num_classes)
