"""Writes the searched settings of a trial in a few words."""

from dataclasses import asdict

from rts_search.sweep.overrides import flatten
from search_spaces.domains import Fixed
from search_spaces.space import Space
from trainables.core.settings.config import ScheduleConfig, TimingConfig, TrialConfig
from trainables.core.settings.perturbation_config import FIRST_ORDER

OWN_COLUMNS = ("radius", "scale", "timing")
"""Parts of the space that tables show in columns of their own."""


def short_settings(config: TrialConfig, space: Space) -> str:
    """Radius, switch and scale, then what else the space draws: `radius cosine 0.1 2, switch 6, scale 1, lr 0.05`."""
    switch = short(config.timing, "rule")
    own = f"radius {short(config.radius)}, switch {switch}, scale {short(config.scale)}"
    if config.perturbation.kind in FIRST_ORDER:
        own = f"switch {switch}"
    return ", ".join(filter(None, (own, other_settings(config, space))))


def other_settings(config: TrialConfig, space: Space) -> str:
    """What the space draws besides radius, timing and scale: `lr 0.05, cutout 4, perturbation.kind sam`.

    Empty when it draws nothing else.
    """
    values, found = flatten(config.to_dict()), []
    for name, domain in space.searched().items():
        if name.partition(".")[0] not in OWN_COLUMNS and not isinstance(domain, Fixed) and name in values:
            said = name.removeprefix("training.").removeprefix("augmentation.").removeprefix("model.options.")
            found.append(f"{said} {_text(values[name])}")
    return ", ".join(found)


def short(section: ScheduleConfig | TimingConfig, kind: str = "shape") -> str:
    """The values of a section: `cosine 0.01 2.0` for a schedule.

    The kinds `constant` and `epoch` are left out: their values speak for themselves.

    kind: the setting that says which kind of section it is, `shape` of a schedule or `rule` of a timing.
    """
    settings = asdict(section)
    named = {"every": "every ", "stop_epoch": "stop "}
    values = [f"{named.get(name, '')}{_text(value)}" for name, value in settings.items() if value is not None]
    return " ".join(values if settings[kind] not in ("constant", "epoch") else values[1:])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.3g}" if isinstance(value, float) else str(value)
