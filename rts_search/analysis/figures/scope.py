"""What an axis shows of its values: all of them, or all but a few that are far worse and would flatten the others."""

from collections.abc import Iterable
from dataclasses import dataclass

from trainables.core.settings.metrics import Metric

FAR = 3.0
"""Interquartile ranges below the lower quartile beyond which a value is far off (Tukey, Exploratory Data Analysis,
1977)."""
FLATTENED = 0.5
"""Far values are left out only where the others would get less than this share of the axis."""
ROOM = 0.07
"""Room at both ends, as a share of what is shown."""


@dataclass(frozen=True)
class Scope:
    """The values that an axis shows, in its unit."""

    low: float
    high: float
    edge: float | None
    """Where far worse values are drawn; None where all are shown."""
    far: int
    """Number of values that are not shown."""
    values: int
    side: str
    """On which side of the axis they are: `below` or `above`."""

    @property
    def told(self) -> str:
        """A sentence about what is not shown; empty where all is."""
        if not self.far:
            return ""
        verb = "lies" if self.far == 1 else "lie"
        what = f"{self.far:,} of {self.values:,} values {verb}"
        return f" {what} far {self.side} what is drawn; a double click shows all."


def scope_of(values: Iterable[float], metric: Metric) -> Scope:
    """The scope of an axis of these values, at least one, as `metric.plotted` gives them."""
    gains = sorted(metric.gain(value) for value in values)
    lower, upper = gains[len(gains) // 4], gains[3 * len(gains) // 4]
    least = 1.0 if metric.is_share else 0.01
    fence = lower - FAR * max(upper - lower, least / FAR)
    near = [gain for gain in gains if gain >= fence]
    cut = near[-1] - near[0] < FLATTENED * (gains[-1] - gains[0])
    worst = near[0] if cut else gains[0]
    room = max(ROOM * (gains[-1] - worst), 0.1 * least)
    low, high = sorted((metric.gain(worst - room), metric.gain(gains[-1] + room)))
    edge = metric.gain(worst - room) if cut else None
    far = len(gains) - len(near) if cut else 0
    rounded = None if edge is None else round(edge, 6)
    return Scope(round(low, 6), round(high, 6), rounded, far, len(gains), "above" if metric.falls else "below")
