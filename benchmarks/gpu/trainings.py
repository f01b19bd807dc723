"""The trainings of all parts: every method and kind of model, on random images, which train as fast as real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.photographs import noise
from benchmarks.plain import PADDING
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import (
    AugmentationConfig,
    DatasetConfig,
    ModelConfig,
    PerturbationConfig,
    TrainingConfig,
    TrialConfig,
)
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.engine import Engine

LR = 0.01
"""Learning rate, low enough that no method and model diverges on noise."""
EPOCHS = 1000
"""Length of a training for its schedules. Fewer epochs are trained."""
METHODS = {
    "sgd": EpochSettings("sgd", LR),
    "ngd": EpochSettings("ngd", LR, 0.0),
    "pugd": EpochSettings("pugd", LR, 1.0, 1.0, "both"),
    "rts": EpochSettings("pugd", LR, 0.5, 2.0, "first", reset_momentum=True),
    "sam": EpochSettings("sam", LR, 0.05, None, "both", False, PerturbationConfig("sam")),
    "asam": EpochSettings("asam", LR, 0.5, None, "both", False, PerturbationConfig("asam", eta=0.01)),
    "amp": EpochSettings("amp", LR, 0.05, None, "both", False, PerturbationConfig("amp", inner_lr=0.1, inner_steps=2)),
}
MODELS = {
    "small": ModelConfig("small"),
    "resnet18": ModelConfig("resnet18"),
    "upanet16": ModelConfig("upanet16"),
    "vit": ModelConfig("timm/vit_tiny_patch16_224", {"patch_size": 4}),
}


def engine(
    model: str | ModelConfig,
    device: str,
    batch_size: int,
    batches: int,
    step: str = "fused",
    precision: str = "fp32",
    rest: int = 64,
) -> Engine:
    """Make an engine with an untrained model of seed 0, for this many batches of random images, cropped and flipped."""
    if device == "cpu":
        keep_freed_memory()
    training = TrainingConfig(
        epochs=EPOCHS,
        batch_size=batch_size,
        lr=LR,
        augmentation=AugmentationConfig(crop_padding=PADDING, horizontal_flip=True),
        step=step,
        precision=precision,
    )
    config = TrialConfig(DatasetConfig("imagefolder"), MODELS[model] if isinstance(model, str) else model, training)
    return Engine(config, noise(batch_size * batches, rest), torch.device(device))


def state_of(engine: Engine) -> dict[str, Tensor]:
    """Return copies of all parameters and buffers, on the host."""
    return {name: tensor.detach().cpu().clone() for name, tensor in engine.parameters().items()}


def differences(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, Any]:
    """Return how many tensors are equal bit by bit, and the largest norm of a difference relative to the tensor's."""
    largest = 0.0
    equal = 0
    for name, tensor in mine.items():
        equal += torch.equal(tensor, theirs[name])
        norm = float(tensor.double().norm())
        apart = float((tensor.double() - theirs[name].double()).norm()) / max(norm, 1e-12)
        largest = max(largest, apart if np.isfinite(apart) else float("inf"))
    return {"tensors": len(mine), "bit_equal": equal, "largest_relative_difference": float(f"{largest:.3g}")}


def synchronize(device: str) -> None:
    """Wait until the GPU has done all its work; do nothing for a CPU."""
    if device == "cuda":
        torch.cuda.synchronize()


@contextmanager
def same_sums() -> Iterator[None]:
    """Use deterministic algorithms inside a `with` block. Operations that have none only give a warning."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
