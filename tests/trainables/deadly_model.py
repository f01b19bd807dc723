"""A user's own model that kills its process in training while a file is there, as a broken library would.

The two images on which a launch tries it do no harm.
"""

import os
from pathlib import Path

from torch import Tensor, nn


class Deadly(nn.Module):
    def __init__(self, layers: nn.Module, flag: str) -> None:
        super().__init__()
        self.layers, self._flag = layers, Path(flag)

    def forward(self, images: Tensor) -> Tensor:
        if self.training and len(images) > 2 and self._flag.exists():
            os._exit(1)
        logits: Tensor = self.layers(images)
        return logits


def build(num_classes: int, in_channels: int, image_size: int, flag: str) -> nn.Module:
    return Deadly(nn.Sequential(nn.Flatten(), nn.Linear(in_channels * image_size**2, num_classes)), flag)
