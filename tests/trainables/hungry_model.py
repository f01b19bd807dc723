"""A user's own model whose training takes memory with the ninth power of the batch: 512 MB for 8 images, and more than
the address space for 32. Real memory is not touched."""

from typing import Any

import torch
from torch import Tensor, nn


class Hungry(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, images: Tensor) -> Tensor:
        if self.training:
            torch.empty(len(images) ** 9)
        logits: Tensor = self.layer(images)
        return logits


def net(num_classes: int, in_channels: int, image_size: int, batch_norm: bool = False) -> nn.Module:
    size = in_channels * image_size**2
    normalised = [nn.BatchNorm1d(size)] if batch_norm else []
    return Hungry(nn.Sequential(nn.Flatten(), *normalised, nn.Linear(size, num_classes)))


def linear(num_classes: int, in_channels: int, image_size: int, **_: Any) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(in_channels * image_size**2, num_classes))


def stem(num_classes: int, in_channels: int, image_size: int) -> nn.Module:  # noqa: ARG001
    """A model with one convolution of more than one pixel, the first."""
    mixers = [nn.Conv2d(8, 8, 1) for _ in range(4)]
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3), *mixers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, num_classes)
    )
