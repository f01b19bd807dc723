"""Compute the learning rate of an epoch, and of each step in epochs in which it changes from step to step.

The formulas are those of the classes of torch.optim.lr_scheduler that the functions name.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trainables.core.settings.lr_schedule_config import LrScheduleConfig

SLACK = 1e-9
"""A milestone that rounding puts this many epochs late still counts in its own epoch."""


@dataclass(frozen=True)
class WarmUp:
    """The ramp at the beginning of training (LinearLR): in step k, the learning rate is multiplied by
    factor + (1 - factor) * k / (epochs * steps), at most 1."""

    warmup_epochs: float
    """Length of the ramp in epochs, > 0."""
    warmup_factor: float
    """Where it begins, in [0, 1)."""

    def factor(self, epoch: int, step: int, steps: int) -> float:
        """What the epoch's learning rate is multiplied by in a step; both are counted from 0. steps: per epoch."""
        done = min(1.0, (epoch * steps + step) / (self.warmup_epochs * steps))
        return self.warmup_factor + (1.0 - self.warmup_factor) * done


@dataclass(frozen=True)
class OneCycle:
    """One rise and one fall over the whole training, both along half a cosine (OneCycleLR; Smith & Topin 2017)."""

    epochs: int
    """Length of training."""
    pct_start: float
    div_factor: float
    final_div_factor: float

    def factor(self, epoch: int, step: int, steps: int) -> float:
        """What training.lr is multiplied by in a step; both are counted from 0. steps: per epoch."""
        last, k = self.epochs * steps - 1, epoch * steps + step
        top = self.pct_start * (last + 1) - 1.0
        first = 1.0 / self.div_factor
        if k < top:
            return _between(first, 1.0, k / top)
        done = (k - top) / (last - top) if last > top else 0.0
        return _between(1.0, first / self.final_div_factor, done)


Ramp = WarmUp | OneCycle
"""How the learning rate changes from step to step."""


def ramp_in(schedule: LrScheduleConfig, epoch: int, epochs: int) -> Ramp | None:
    """Return the ramp that acts in an epoch; None when all steps of the epoch have the same learning rate."""
    if schedule.name == "one_cycle":
        used = schedule.pct_start, schedule.div_factor, schedule.final_div_factor
        return OneCycle(epochs, *map(float, used))  # type: ignore[arg-type]
    warm = schedule.warmup_epochs or 0.0
    return WarmUp(warm, schedule.warmup_factor or 0.0) if epoch < warm else None


def learning_rate(lr: float, schedule: LrScheduleConfig, epoch: int, epochs: int) -> float:
    """Return the learning rate in `epoch` (0-based, in [0, epochs)) without the ramp: where there is one, the learning
    rate of a step is this value times the ramp's factor.

    Raises:
        ValueError: the epoch is outside training.
    """
    if not 0 <= epoch < epochs:
        raise ValueError(f"epoch must be in [0, {epochs}), but got {epoch=}")
    if schedule.name == "step":
        passed = sum(epoch + SLACK >= place for place in schedule.milestone_epochs(epochs))
        return lr * float(schedule.gamma or 1.0) ** passed  # MultiStepLR
    if schedule.name not in _SHARES:
        return lr
    warm, least = schedule.warmup_epochs or 0.0, schedule.min_lr or 0.0
    share = _SHARES[schedule.name](max(0.0, epoch - warm), epochs - warm, schedule)
    return least + (lr - least) * share


def _cosine(t: float, length: float, _: LrScheduleConfig) -> float:
    """CosineAnnealingLR."""
    return (1 + math.cos(math.pi * t / length)) / 2


def _linear(t: float, length: float, _: LrScheduleConfig) -> float:
    """LinearLR from 1 to 0."""
    return 1 - t / length


def _restarts(t: float, _: float, schedule: LrScheduleConfig) -> float:
    """CosineAnnealingWarmRestarts (SGDR: Loshchilov & Hutter 2017, equation 5)."""
    length, growth = float(schedule.T_0 or 1.0), schedule.T_mult or 1
    while t + SLACK >= length:
        t, length = max(0.0, t - length), length * growth
    return (1 + math.cos(math.pi * t / length)) / 2


_SHARES: Mapping[str, Callable[[float, float, LrScheduleConfig], float]] = MappingProxyType(
    {"cosine": _cosine, "linear": _linear, "cosine_restarts": _restarts}
)
"""Schedule -> the share of lr - min_lr that is left t epochs after the warm-up, with `length` epochs from there on."""


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * done))
