"""Augmentation gives the same images on a GPU as on a CPU."""

import pytest
import torch

from tests.trainables.core.gpu.made_up import images
from trainables.core.settings.config import AugmentationConfig
from trainables.core.training.augmentation import Augmentation

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize(
    "config",
    [AugmentationConfig(4, True), AugmentationConfig(2, "alternating"), AugmentationConfig(2, True, 15.0, 8)],
    ids=["crop and flip", "alternating flip", "all"],
)
def test_the_gpu_gives_what_the_cpu_gives(config: AugmentationConfig) -> None:
    pixels, indices = torch.from_numpy(images(64).train.images), torch.arange(64)
    ends = []
    for device in ("cpu", "cuda"):
        there, at = pixels.to(device), indices.to(device)
        augmentation = Augmentation(config, there, torch.device(device), 0, 1)
        moved = augmentation.moved(there, at)
        assert moved.device.type == device
        ends.append(augmentation.cut_out(moved.float() + 1.0, at).cpu())
    here, there = ends
    # An angle is drawn on the CPU, but a sum in another order may round a place to the next pixel.
    share = (here != there).float().mean().item()
    assert share == 0.0 if config.rotation == 0.0 else share < 1e-3
