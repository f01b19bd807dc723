"""The address (key) of every epoch: a hash of all settings in effect up to it, so that equal work has an equal key."""

import hashlib
import importlib.util
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from trainables.core.models.bsconv_address import bsconv_identity
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import OptimizerConfig, PerturbationConfig, TrialConfig
from trainables.core.settings.learning_rates import Ramp, learning_rate, ramp_in
from trainables.core.settings.perturbation_config import FIRST_ORDER, PLAIN_Q
from trainables.core.settings.scale_config import ADAPTIVE, ScaleConfig
from trainables.core.settings.schedules import Schedule

FORMAT = 1
"""Raise it whenever the same settings begin to give other numbers, so that states of earlier versions are not used."""
ENGINES: Mapping[str, str] = types.MappingProxyType({"reference": "reference", "fused": "fused 2"})
"""training.step -> its name in the address. Change the name when the order of operations, and so the bits, change."""

FIRST = types.MappingProxyType(
    {
        "head_lr_factor": 1.0,
        "memory_format": "contiguous",
        "shuffle": "images",
        "clip_grad_norm": None,
        "label_smoothing": 0.0,
        "class_weights": None,
        "ema": None,
        "optimizer": OptimizerConfig(),
    }
)
"""Settings that were added later -> the value that was in effect before. With that value, addresses do not change."""
ADDED = types.MappingProxyType({"perturbation": None, "ramp": None, "frozen": False, "every": 1, "adaptive": None})
"""The same for the settings in effect during one epoch."""
FIRST_OF_PERTURBATION = ("kind", "eta", "inner_lr", "inner_steps")
"""The settings of a perturbation that its address always has; the others only where they have a value."""

WITHOUT = types.MappingProxyType(
    {
        "rotation": 0.0,
        "cutout": 0,
        "crop_size": None,
        "random_resized_crop": None,
        "rand_augment": None,
        "color_jitter": None,
        "gamma": None,
        "random_erasing": None,
        "mixup": None,
        "cutmix": None,
    }
)
"""Changes to the training images that were added later -> the value with which they do nothing."""


@dataclass(frozen=True)
class EpochSettings:
    """The settings in effect during one epoch. Those that are not used in its phase are None."""

    phase: str
    """sgd, ngd, path_sgd, or a perturbation: pugd, sam, asam, amp, looksam, gsam or friendly_sam."""
    learning_rate: float
    """In every step; where there is a ramp, it is multiplied by the ramp's factor in each step."""
    radius: float | None = None
    scale: float | None = None
    bn_stats: str | None = None
    reset_momentum: bool = False
    """Whether the momentum buffer is cleared before this epoch."""
    perturbation: PerturbationConfig | None = None
    """The settings of the perturbation; None for PUGD as published."""
    ramp: Ramp | None = None
    """How the learning rate changes from step to step; None when all steps have the same."""
    frozen: bool = False
    """Whether only the head of the model learns."""
    adaptive: ScaleConfig | None = None
    """The rule of an adaptive scale, whose values are not known beforehand; the scale is None then."""
    every: int = 1
    """The steps whose number, counted from the beginning of the training, is a multiple of this have the phase; the
    others are SGD steps."""

    def rate(self, epoch: int, step: int, steps: int) -> float:
        """The learning rate in one step of the epoch; both are counted from 0. steps: number of steps in an epoch."""
        return self.learning_rate * (1.0 if self.ramp is None else self.ramp.factor(epoch, step, steps))

    def gradient_evaluations(self, epoch: int, steps: int) -> int:
        """Gradient evaluations of the epoch, which is counted from 0. steps: number of steps in an epoch."""
        return steps + due_steps(epoch, steps, self.every) * (self.gradients_per_step - 1)

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of a step: 1 for sgd, ngd and path_sgd, 1 + inner_steps for amp, 2 otherwise."""
        if self.perturbation is not None:
            return self.perturbation.gradients_per_step
        return 2 if self.phase == "pugd" else 1


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=asdict)
    return hashlib.sha256(text.encode()).hexdigest()


def source_of(model_name: str) -> str | None:
    """SHA-256 of the file with a user's own model, so that a changed model gets another address.

    None for other models, and where the module is not on the path of this Python.
    """
    if ":" not in model_name:
        return None
    try:
        spec = importlib.util.find_spec(model_name.partition(":")[0])
    except Exception:  # importing the package around the module runs the user's own code
        return None
    if spec is None or spec.origin is None or not spec.has_location:
        return None
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()


def start_key(config: TrialConfig, fingerprint: str, private_to: str = "") -> str:
    """Return the address of the untrained state, from the settings that act in every epoch and the data's content.

    fingerprint: SHA-256 of the data set. private_to: the name of a trial that shares no epochs with others, else "".

    Raises:
        ConfigError: the model cannot be found. MissingWeightsError: its pretrained weights cannot be found.
    """
    training = config.training
    convolutions = {"bsconv": bsconv_identity(config.model), "pretrained": weights_identity(config.model)}
    model = {**asdict(config.model), **convolutions}
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
            "augmentation": _chosen(asdict(training.augmentation), **WITHOUT),
            "precision": training.precision,
            "step": training.step,
            "private_to": private_to,
            **_chosen({name: getattr(training, name) for name in FIRST}, **FIRST),
        }
    )


def _chosen(values: dict[str, Any], **unchosen: object) -> dict[str, Any]:
    """Leave out settings that have the value given here, so that adding a setting changes no earlier address."""
    return {name: value for name, value in values.items() if name not in unchosen or value != unchosen[name]}


def next_key(key: str, settings: EpochSettings) -> str:
    """Return the address of the state after one more epoch with these settings."""
    values = asdict(settings)
    if settings.perturbation is not None:
        given = values["perturbation"]
        values["perturbation"] = {
            name: given[name] for name in given if name in FIRST_OF_PERTURBATION or given[name] is not None
        }
    if settings.adaptive is not None:
        values["adaptive"] = settings.adaptive.to_dict()
    return _digest([key, _chosen(values, **ADDED)])


def epoch_settings(config: TrialConfig, epoch: int, switch_epoch: int | None) -> EpochSettings:
    """Return the settings in effect in `epoch` (0-based). switch_epoch: the first PUGD epoch; None: not decided yet."""
    training = config.training
    rate = learning_rate(training.lr, training.schedule, epoch, training.epochs)
    ramp, frozen = ramp_in(training.schedule, epoch, training.epochs), epoch < training.freeze_epochs
    settings = _by_phase(config, epoch, switch_epoch, rate)
    return replace(settings, ramp=ramp, frozen=frozen) if ramp or frozen else settings


def _by_phase(config: TrialConfig, epoch: int, switch_epoch: int | None, rate: float) -> EpochSettings:
    """Return the settings that depend on the phase, and the learning rate."""
    training = config.training
    timing = config.timing
    if switch_epoch is None or epoch < switch_epoch or (timing.stop_epoch is not None and epoch >= timing.stop_epoch):
        return EpochSettings("sgd", rate)
    reset = training.reset_momentum and epoch == switch_epoch and epoch > 0
    if config.perturbation.kind in FIRST_ORDER:
        first, every = config.perturbation, timing.every or 1
        return EpochSettings(first.kind, rate, reset_momentum=reset, perturbation=first, every=every)
    radius = Schedule(config.radius, training.epochs).value(epoch, switch_epoch)
    adaptive = config.scale if config.scale.shape == ADAPTIVE else None
    scale = None if adaptive else Schedule(config.scale, training.epochs).value(epoch, switch_epoch)
    perturbation = config.perturbation
    if perturbation.q == PLAIN_Q:
        perturbation = replace(perturbation, q=None)
    other = perturbation if perturbation.kind != "pugd" else None
    every = perturbation.k or timing.every or 1
    if radius == 0.0:
        phase, every = ("sgd", 1) if other else ("ngd", every)
        return EpochSettings(phase, rate, reset_momentum=reset, every=every)
    if other is not None:
        return EpochSettings(other.kind, rate, radius, None, training.bn_stats, reset, other, every=every)
    own = None if perturbation.is_plain else perturbation
    return EpochSettings("pugd", rate, radius, scale, training.bn_stats, reset, own, adaptive=adaptive, every=every)


def foreseen(config: TrialConfig, key: str, switch_epoch: int | None) -> Iterator[tuple[str, EpochSettings]]:
    """Yield address and settings of every epoch in order, computed without training. `key`: see `start_key`.

    switch_epoch: the first PUGD epoch; None when no rule has decided yet, which gives SGD in every epoch.
    """
    for epoch in range(config.training.epochs):
        settings = epoch_settings(config, epoch, switch_epoch)
        key = next_key(key, settings)
        yield key, settings


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Number of mini-batches in an epoch. A last one of a single image is left out: BatchNorm cannot train on it."""
    whole, rest = divmod(images, batch_size)
    return whole + (rest > 1 or whole == 0)


def due_steps(epoch: int, steps: int, every: int) -> int:
    """Number of steps of the epoch whose number is a multiple of `every`, where the first step of training is step 0.

    epoch: counted from 0. steps: number of steps in an epoch.
    """
    return -(-(epoch + 1) * steps // every) + (-epoch * steps // every)


def full_cost(epochs: int, steps_per_epoch: int) -> int:
    """Gradient evaluations of the most expensive trial: PUGD in every epoch."""
    return 2 * epochs * steps_per_epoch
