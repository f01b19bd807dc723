"""The address of every epoch: a hash chain over what is in effect, so that equal work has an equal name."""

import hashlib
import importlib.util
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import PerturbationConfig, TrialConfig
from trainables.core.settings.schedules import Schedule, learning_rate

FORMAT = 1
"""Changes whenever the same settings begin to give other numbers, so that old states are not taken up."""
ENGINES: Mapping[str, str] = types.MappingProxyType({"reference": "reference", "fused": "fused 2"})
"""Flavour of each way to compute a step; it gets a new name when its order of operations, and so its bits, change."""

FIRST = types.MappingProxyType({"head_lr_factor": 1.0, "memory_format": "contiguous", "shuffle": "images"})
"""Settings that came later, with what was in effect before they were there."""


@dataclass(frozen=True)
class EpochSettings:
    """The settings in effect during one epoch; what does not act in it is None."""

    phase: str
    """sgd, ngd, pugd, sam, asam or amp."""
    learning_rate: float
    radius: float | None = None
    scale: float | None = None
    bn_stats: str | None = None
    reset_momentum: bool = False
    """Whether the momentum buffer is cleared before this epoch."""
    perturbation: PerturbationConfig | None = None
    """The perturbation, where it is not PUGD's."""

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step: 1 for sgd and ngd, 1 + inner_steps for amp, 2 otherwise."""
        if self.perturbation is not None:
            return self.perturbation.gradients_per_step
        return 2 if self.phase == "pugd" else 1


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def source_of(model_name: str) -> str | None:
    """Hash of the file that holds a user's own model: another source is another start."""
    if ":" not in model_name:
        return None
    spec = importlib.util.find_spec(model_name.partition(":")[0])
    if spec is None or spec.origin is None:
        return None
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()


def start_key(config: TrialConfig, fingerprint: str, private_to: str = "") -> str:
    """Address of the untrained state: everything chosen for the start, and the data's content.

    `private_to` names a trial that shares its epochs with nobody; empty otherwise.
    Raises: ConfigError, MissingWeightsError where the model begins with weights that are not there.
    """
    training = config.training
    model = {**asdict(config.model), "pretrained": weights_identity(config.model)}
    return _digest(
        {
            "format": FORMAT,
            "engine": ENGINES[training.step],
            "data": fingerprint,
            "model": _chosen(model, bsconv=None, pretrained=None),
            "source": source_of(config.model.name),
            "seed": training.seed,
            "batch_size": training.batch_size,
            "momentum": training.momentum,
            "weight_decay": training.weight_decay,
            "augmentation": _chosen(asdict(training.augmentation), rotation=0.0, cutout=0),
            "precision": training.precision,
            "step": training.step,
            "private_to": private_to,
            **_chosen({name: getattr(training, name) for name in FIRST}, **FIRST),
        }
    )


def _chosen(values: dict[str, Any], **unchosen: object) -> dict[str, Any]:
    """Settings without those that are as if they did not exist, so that addresses are what they were before."""
    return {name: value for name, value in values.items() if name not in unchosen or value != unchosen[name]}


def next_key(key: str, settings: EpochSettings) -> str:
    """Address of the state after one more epoch under these settings."""
    values = asdict(settings)
    if settings.perturbation is None:
        del values["perturbation"]  # so that addresses are what they were before there were others
    return _digest([key, values])


def epoch_settings(config: TrialConfig, epoch: int, switch_epoch: int | None) -> EpochSettings:
    """What acts in this epoch (0-based), given the epoch in which PUGD starts (None: not decided yet)."""
    training = config.training
    rate = learning_rate(training.lr, training.lr_schedule, epoch, training.epochs)
    if switch_epoch is None or epoch < switch_epoch:
        return EpochSettings("sgd", rate)
    radius = Schedule(config.radius, training.epochs).value(epoch, switch_epoch)
    scale = Schedule(config.scale, training.epochs).value(epoch, switch_epoch)
    reset = training.reset_momentum and epoch == switch_epoch and epoch > 0
    other = config.perturbation if config.perturbation.kind != "pugd" else None
    if radius == 0.0:
        return EpochSettings("sgd" if other else "ngd", rate, reset_momentum=reset)
    if other is not None:
        return EpochSettings(other.kind, rate, radius, None, training.bn_stats, reset, other)
    return EpochSettings("pugd", rate, radius, scale, training.bn_stats, reset)


def foreseen(config: TrialConfig, key: str, switch_epoch: int | None) -> Iterator[tuple[str, EpochSettings]]:
    """Address and settings of every epoch, first to last, from the start at `key`.

    switch_epoch: the epoch in which PUGD starts; None foresees SGD to the end, as it is until a rule decides.
    """
    for epoch in range(config.training.epochs):
        settings = epoch_settings(config, epoch, switch_epoch)
        key = next_key(key, settings)
        yield key, settings


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Mini-batches of one epoch; a last one of a single image is left out, since BatchNorm cannot train on it."""
    whole, rest = divmod(images, batch_size)
    return whole + (rest > 1 or whole == 0)


def full_cost(epochs: int, steps_per_epoch: int) -> int:
    """Gradient evaluations of the dearest trial: PUGD from the first epoch to the last."""
    return 2 * epochs * steps_per_epoch
