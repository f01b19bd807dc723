"""A model with dropout that does something in training that cannot be recorded."""

from torch import Tensor, nn


def linear(num_classes: int, in_channels: int, image_size: int, kind: str) -> nn.Module:
    return Odd(nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(in_channels * image_size**2, num_classes)), kind)


class Odd(nn.Module):
    """In training it does something that cannot be recorded."""

    def __init__(self, layers: nn.Module, kind: str) -> None:
        super().__init__()
        self._layers, self._kind, self._passes = layers, kind, 0

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self._layers(images)
        self._passes += self.training
        if self.training and self._kind == "reads" and logits.mean().item() > 1e9:
            return -logits
        if self._kind == "breaks" and self._passes == 2:
            raise ValueError("no second pass")
        return logits
