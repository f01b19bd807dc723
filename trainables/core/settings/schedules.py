"""Compute the radius and the scale of an epoch from their schedules."""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trainables.core.settings.config import SHAPE_PARAMETERS, ScheduleConfig


def _constant(_t: int, _length: int, value: float) -> float:
    return value


def _cosine(t: int, length: int, beta_min: float, beta_max: float) -> float:
    return beta_min + (beta_max - beta_min) * math.cos(math.pi * t / (2 * length))


def _sine(t: int, length: int, beta_min: float, beta_max: float) -> float:
    return beta_min + (beta_max - beta_min) * math.sin(math.pi * t / (2 * length))


def _inverse_sine(t: int, length: int, beta_min: float, beta_max: float) -> float:
    return 1.0 / _sine(t, length, beta_min, beta_max)


def _inverse_cosine(t: int, length: int, beta_min: float, beta_max: float) -> float:
    return 1.0 / _cosine(t, length, beta_min, beta_max)


def _cyclic_cosine(
    t: int,
    _length: int,
    beta_min: float,
    beta_max: float,
    T_0: int,  # noqa: N803 -- the setting's name
    T_mult: int,  # noqa: N803 -- the setting's name
) -> float:
    t_cur, cycle = t, T_0
    while t_cur >= cycle:
        t_cur, cycle = t_cur - cycle, cycle * T_mult
    # Loshchilov & Hutter 2017 (SGDR), equation 5.
    return beta_min + (beta_max - beta_min) / 2 * (1 + math.cos(math.pi * t_cur / cycle))


def _linear(t: int, length: int, beta_min: float, beta_max: float) -> float:
    return beta_max + (beta_min - beta_max) * t / length


def _step(t: int, _length: int, beta_max: float, step_size: int, gamma: float) -> float:
    return float(beta_max * gamma ** (t // step_size))


_SHAPES: Mapping[str, Callable[..., float]] = types.MappingProxyType(
    {
        "constant": _constant,
        "cosine": _cosine,
        "inverse_sine": _inverse_sine,
        "sine": _sine,
        "inverse_cosine": _inverse_cosine,
        "cyclic_cosine": _cyclic_cosine,
        "linear": _linear,
        "step": _step,
    }
)


def alpha(config: ScheduleConfig, t: int, length: int) -> float:
    """Return the schedule's value `t` epochs after its origin, for t in [0, length).

    `length` (T in the paper) is the number of epochs from the origin to the end of training, >= 1.
    Formulas: the RTS draft ("When and How Much to Perturb?"), section on schedules; SGDR for cyclic_cosine.

    Raises:
        ValueError: t or length is outside its range.
    """
    if length < 1:
        raise ValueError(f"length must be >= 1, but got {length=}")
    if not 0 <= t < length:
        raise ValueError(f"t must be in [0, {length}), but got {t=}")
    used = (name for name in SHAPE_PARAMETERS[config.shape] if name != "origin")
    return _SHAPES[config.shape](t, length, **{name: getattr(config, name) for name in used})


@dataclass(frozen=True)
class Schedule:
    """The schedule of the radius or of the scale over one training run."""

    config: ScheduleConfig
    """Shape, parameters and origin."""
    epochs: int
    """Number of epochs of the whole training, >= 1."""

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs must be >= 1, but got epochs={self.epochs}")

    def value(self, epoch: int, switch_epoch: int) -> float:
        """Return the value in `epoch` (0-based) when `switch_epoch` is the first PUGD epoch.

        Raises:
            ValueError: the epoch is outside [0, epochs) or before the schedule's origin.
        """
        if not 0 <= epoch < self.epochs:
            raise ValueError(f"epoch must be in [0, {self.epochs}), but got {epoch=}")
        origin = switch_epoch if self.config.origin == "switch" else 0
        if epoch < origin:
            raise ValueError(f"epoch must be >= the switch epoch {switch_epoch}, but got {epoch=}")
        return alpha(self.config, epoch - origin, self.epochs - origin)
