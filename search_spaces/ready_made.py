"""Ready-made spaces, which a sweep file can use by name."""

import types
from collections.abc import Callable, Mapping
from typing import Any, Literal

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


READY = "ready"
"""The key of a space that names a ready-made one from which it starts."""


class WrittenSpace(Space):
    """The settings to try. Where radius, scale or timing are left out, they are those of plain PUGD: radius 1, scale 1,
    from epoch 0. Other parts that are left out stay as the sweep file has them. With `ready`, the parts that are left
    out are those of the ready-made space."""

    ready: Literal["radius", "timing", "scale", "rts"] | None = None
    """A ready-made space from which this one starts, such as {ready: rts, training: {lr: {loguniform: [0.01, 1]}}}.
    Parts that are given replace its own."""


def ready_made(name: str, epochs: int) -> Space:
    """Make a space by its name. epochs: length of the training, >= 1. Raises: ConfigError with an empty place."""
    rule = f"must be a mapping or one of the names {', '.join(READY_MADE)}" + did_you_mean(name, READY_MADE)
    require(name in READY_MADE, "", rule, name)
    return READY_MADE[name](epochs)


def extended(space: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """The plain values of a space that starts from a ready-made one, with all of its parts.

    Args:
        space: the plain values as written, with the key READY.
        epochs: length of the training, >= 1.

    Raises: ConfigError at READY.
    """
    name, own = space[READY], {part: value for part, value in space.items() if part != READY}
    if name is None:
        return own
    hint = did_you_mean(name, READY_MADE) if isinstance(name, str) else ""
    rule = f"must be one of {', '.join(READY_MADE)}{hint}"
    require(isinstance(name, str) and name in READY_MADE, READY, rule, name)
    return {**READY_MADE[name](epochs).model_dump(mode="json", exclude_none=True), **own}
