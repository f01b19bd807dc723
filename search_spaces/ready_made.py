"""Ready-made spaces, which a sweep file can use by name."""

import types
from collections.abc import Callable, Mapping
from typing import Any

from search_spaces.hints import did_you_mean
from search_spaces.space import Space
from trainables.core.settings.section import require

_SCHEDULE: Mapping[str, Any] = types.MappingProxyType(
    {
        # The four shapes of the RTS draft, and constant, which includes plain PUGD.
        "shape": ["constant", "cosine", "inverse_sine", "sine", "inverse_cosine"],
        "value": {"loguniform": [0.1, 10.0]},
        # Ranges around the settings of the draft's recorded runs. Inverse shapes reach 1 / beta_min.
        "beta_min": {"loguniform": [0.1, 1.0]},
        "beta_max": {"uniform": [1.0, 3.0]},
    }
)


def _switch_epochs(epochs: int) -> dict[str, Any]:
    """PUGD starts after 0, 1/4, 1/2 or 3/4 of training. With few start epochs, many trials share their SGD epochs."""
    return {"rule": "epoch", "switch_epoch": sorted({epochs * quarter // 4 for quarter in range(4)})}


def radius_space(epochs: int) -> Space:
    """PUGD in every epoch, with a schedule of the radius."""
    del epochs
    return Space.model_validate({"radius": _SCHEDULE})


def scale_space(epochs: int) -> Space:
    """PUGD in every epoch, with a schedule of the scale."""
    del epochs
    return Space.model_validate({"scale": _SCHEDULE})


def timing_space(epochs: int) -> Space:
    """Plain PUGD, started after different fractions of training."""
    return Space.model_validate({"timing": _switch_epochs(epochs)})


def rts_space(epochs: int) -> Space:
    """Radius, timing and scale searched together."""
    return Space.model_validate({"radius": _SCHEDULE, "scale": _SCHEDULE, "timing": _switch_epochs(epochs)})


READY_MADE: Mapping[str, Callable[[int], Space]] = types.MappingProxyType(
    {"radius": radius_space, "timing": timing_space, "scale": scale_space, "rts": rts_space}
)
"""Name -> function that makes the space for a training of so many epochs, >= 1."""


def ready_made(name: str, epochs: int) -> Space:
    """Make a space by its name. epochs: length of the training, >= 1. Raises: ConfigError with an empty place."""
    rule = f"must be a mapping or one of the names {', '.join(READY_MADE)}" + did_you_mean(name, READY_MADE)
    require(name in READY_MADE, "", rule, name)
    return READY_MADE[name](epochs)
