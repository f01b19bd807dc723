"""Writes the searched settings of a trial in a few words."""

from dataclasses import asdict

from rts_search.sweep.overrides import flatten
from search_spaces.domains import Fixed
from search_spaces.space import Space
from trainables.core.settings.config import ScheduleConfig, TimingConfig, TrialConfig
from trainables.core.settings.perturbation_config import FIRST_ORDER
from trainables.core.settings.scale_config import DEFAULT_WINDOW

DEFAULTS = {"origin": "training", "window": DEFAULT_WINDOW}
"""Settings of a schedule that are left out of a text when they have these values."""
DEFAULTS_OF_TIMING = {"every": 1}
"""The same of a timing."""
WORDS = {
    "origin": "from ",
    "every": "every ",
    "stop_epoch": "stop ",
    "T_0": "T_0 ",
    "T_mult": "T_mult ",
    "step_size": "step_size ",
    "gamma": "gamma ",
    "window": "window ",
    "decay": "decay ",
    "start": "start ",
    "base_epochs": "base_epochs ",
    "ratio": "ratio ",
    "period": "period ",
}
"""Setting -> what stands before its value, where the value alone would say too little."""
LEAST_WITH_DECIMALS = 0.1
"""From this value on the ends of a range have two decimals, below it two digits."""
OWN_COLUMNS = ("radius", "scale", "timing")
"""Parts of the space that tables show in columns of their own."""


def short_settings(config: TrialConfig, space: Space) -> str:
    """Radius, switch and scale, then what else the space draws: `radius cosine 0.1→2, switch 6, scale 1, lr 0.05`."""
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
    """The values of a section: `cosine 0.01→2` for a schedule between two values, `0.5` for a constant one.

    The kinds `constant` and `epoch` are left out: their values speak for themselves. So are default values.

    kind: the setting that says which kind of section it is, `shape` of a schedule or `rule` of a timing.
    """
    settings = {name: value for name, value in asdict(section).items() if value is not None}
    defaults = DEFAULTS if kind == "shape" else DEFAULTS_OF_TIMING
    settings = {name: value for name, value in settings.items() if defaults.get(name) != value}
    if "beta_min" in settings:  # the two bounds of a shape, or of what an adaptive scale may become
        settings["beta_min"] = f"{_bound(settings['beta_min'])}→{_bound(settings.pop('beta_max'))}"
    said = [f"{WORDS.get(name, '')}{_text(value)}" for name, value in settings.items()]
    return " ".join(said if settings[kind] not in ("constant", "epoch") else said[1:])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.3g}" if isinstance(value, float) else str(value)


def _bound(value: float) -> str:
    """An end of a range in a few digits: 0.82, 1.54, 0.043. Tables and exported configs have all of them."""
    return f"{value:.2g}" if abs(value) < LEAST_WITH_DECIMALS else f"{float(f'{value:.2f}'):g}"
