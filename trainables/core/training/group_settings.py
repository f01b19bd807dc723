"""The settings of an epoch as those of the optimizer's parameter groups."""

from typing import Any

from trainables.core.history.lineage import EpochSettings
from trainables.core.optimizer.methods import METHODS
from trainables.core.settings.config import ScaleConfig


def group_settings(settings: EpochSettings) -> dict[str, Any]:
    """Phase, radius, scale and the settings of the method, for every parameter group."""
    phase = "pugd" if settings.phase == "ngd" else settings.phase
    given = {} if settings.perturbation is None else settings.perturbation.to_dict()
    return {
        "phase": phase,
        "radius": settings.radius or 0.0,
        "scale": 1.0 if settings.scale is None else settings.scale,
        "every": settings.every,
        **{name: given.get(name, default) for name, (default, _, _) in METHODS[phase].settings.items()},
        **_of_scale(settings.adaptive),
    }


def _of_scale(adaptive: ScaleConfig | None) -> dict[str, Any]:
    if adaptive is None:
        return {"scale_rule": None}
    limits = {"scale_min": adaptive.beta_min, "scale_max": adaptive.beta_max}
    window = {} if adaptive.window is None else {"scale_window": adaptive.window}
    return {"scale_rule": adaptive.rule, "scale": adaptive.value, **limits, **window}
