"""Random images and short trainings on them, for every method and kind of model."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.gpu import trainings
from benchmarks.gpu.trainings import LR, METHODS
from trainables.core.data import Dataset, Part
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import AugmentationConfig, DatasetConfig, ModelConfig, TrainingConfig, TrialConfig
from trainables.core.training.engine import Engine
from trainables.core.training.epoch_figures import EpochFigures

__all__ = ["METHODS", "MODELS", "engine", "state_of", "trained"]

BATCH_SIZE, BATCHES = 16, 5
MODELS = {
    **trainings.MODELS,
    "vit": ModelConfig("timm/vit_tiny_patch16_224", {"patch_size": 4, "depth": 2, "proj_drop_rate": 0.1}),
}


def images(number: int = BATCHES * BATCH_SIZE, size: int = 32) -> Dataset:
    """Return noise images with labels, always the same."""
    random = np.random.RandomState(0)

    def part(count: int) -> Part:
        pixels = random.randint(0, 256, (count, 3, size, size)).astype(np.uint8)
        return Part(pixels, random.randint(0, 10, count))

    half = (0.5, 0.5, 0.5)
    return Dataset(part(number), part(16), part(16), tuple("0123456789"), half, half, "made up")


def engine(model: ModelConfig, step: str, device: torch.device, precision: str = "fp32") -> Engine:
    """Make an engine with an untrained model of seed 0, on random images that are cropped and flipped."""
    augmentation = AugmentationConfig(crop_padding=4, horizontal_flip=True)
    training = TrainingConfig(10, BATCH_SIZE, LR, step=step, precision=precision, augmentation=augmentation)
    return Engine(TrialConfig(DatasetConfig("imagefolder"), model, training), images(), device)


def state_of(engine: Engine) -> dict[str, Tensor]:
    """Copies of all parameters and buffers."""
    return {name: tensor.detach().clone() for name, tensor in engine.parameters().items()}


def trained(engine: Engine, settings: EpochSettings, epochs: int = 2) -> list[EpochFigures]:
    """Train this many epochs and return their figures."""
    return [engine.train_epoch(epoch, settings) for epoch in range(epochs)]
