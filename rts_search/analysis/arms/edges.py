"""Whether the best settings of an arm lie on the edge of its space, beyond which better ones may be."""

import math
from collections.abc import Mapping
from typing import Any

from rts_search.sweep.arms import Arm
from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from trainables.core.settings.config import TrialConfig

NEAR = 0.02
"""A value is on the edge of a range when it is nearer to an end than this share of the range."""


def edges(arm: Arm, config: TrialConfig) -> list[str]:
    """The searched settings of an arm whose values are on the edge of their domains: `training.lr 0.01 (lowest)`.

    A domain that ends where a setting cannot go on, at 0 or at a switch after the last epoch, has no edge there.
    """
    found = []
    for name, value in searched_values(arm, config).items():
        end = _end(arm.space.searched()[name], value)
        last = name == "timing.switch_epoch" and value == config.training.epochs
        if end and value != 0 and not last:
            found.append(f"{name} {value:.3g} ({end})")
    return found


def searched_values(arm: Arm, config: TrialConfig) -> dict[str, Any]:
    """Dotted name -> value in this config of every setting that the arm searches and the config uses."""
    values, found = config.to_dict(), dict[str, Any]()
    for name, domain in arm.space.searched().items():
        if isinstance(domain, Fixed):
            continue
        value: Any = values
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None and not isinstance(value, Mapping):
            found[name] = value
    return found


def _end(domain: Domain, value: Any) -> str:
    """`lowest` or `highest` when a number is on that edge of its domain, else empty."""
    if isinstance(value, bool | str) or not isinstance(value, int | float):
        return ""
    if isinstance(domain, Choice):
        numbers = [option for option in domain.options if isinstance(option, int | float)]
        if len(numbers) < 2:
            return ""
        return "lowest" if value <= min(numbers) else "highest" if value >= max(numbers) else ""
    if not isinstance(domain, Uniform | LogUniform | Integer) or not domain.low <= value <= domain.high:
        return ""
    low, high, at = float(domain.low), float(domain.high), float(value)
    if isinstance(domain, LogUniform):
        low, high, at = math.log(low), math.log(high), math.log(at)
    near = NEAR * (high - low)
    return "lowest" if at - low <= near else "highest" if high - at <= near else ""
