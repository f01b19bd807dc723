"""A trained network with what its training did to images, so that it takes images as the data set has them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainables.core.settings.training_config import TrainingConfig
from trainables.core.training.augmentations.color_jitter import in_unit_range
from trainables.core.training.augmentations.random_crop import middle
from trainables.core.training.engine import MEMORY_FORMATS


class TrainedModel(nn.Module):
    """Classifies images as the validation of its training does: it crops, normalises, and then asks the network.

    Attributes:
        network: the network itself, which takes normalised images.
        classes: names of the classes, in the order of the logits.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: nn.Module,
        training: TrainingConfig,
        mean: Sequence[float],
        std: Sequence[float],
        classes: Sequence[str],
    ) -> None:
        """mean, std: of the training images, one number per channel, for pixels scaled to [0, 1]; std > 0."""
        super().__init__()
        self.network, self.classes = network, tuple(classes)
        self._crop_size, self._in_bf16 = training.augmentation.crop_size, training.precision == "bf16"
        self._memory_format = MEMORY_FORMATS[training.memory_format]
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (batch, classes), float32, of images (batch, channels, height, width): uint8, or floats in [0, 1]."""
        seen = middle(images.to(self.mean.device), self._crop_size)
        normalised = ((in_unit_range(seen) - self.mean) / self.std).contiguous(memory_format=self._memory_format)
        with torch.autocast(self.mean.device.type, torch.bfloat16, enabled=self._in_bf16):
            logits: Tensor = self.network(normalised)
        return logits.float()
