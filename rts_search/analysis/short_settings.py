"""Writes the searched settings of a trial in a few words."""

from dataclasses import asdict

from trainables.core.settings.config import ScheduleConfig, TimingConfig, TrialConfig


def short_settings(config: TrialConfig) -> str:
    """Radius, switch and scale: `radius cosine 0.1 2, switch 6, scale 1`."""
    switch = short(config.timing, "rule")
    return f"radius {short(config.radius)}, switch {switch}, scale {short(config.scale)}"


def short(section: ScheduleConfig | TimingConfig, kind: str = "shape") -> str:
    """The values of a section: `cosine 0.01 2.0` for a schedule.

    The kinds `constant` and `epoch` are left out: their values speak for themselves.

    kind: the setting that says which kind of section it is, `shape` of a schedule or `rule` of a timing.
    """
    settings = asdict(section)
    values = [
        f"{value:.3g}" if isinstance(value, float) else str(value) for value in settings.values() if value is not None
    ]
    return " ".join(values if settings[kind] not in ("constant", "epoch") else values[1:])
