"""The cells of the tables of stability."""

import math

from rts_search.analysis.stability.rows import Norms
from trainables.core.settings.metrics import Metric

NONE = "-"
"""Where a number does not exist."""


def shared(count: int, total: int, interval: tuple[float, float] | None) -> str:
    """A share with its interval: `1 of 5 (0.5 to 71.6 %)`."""
    if interval is None:
        return NONE
    return f"{count} of {total} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f} %)"


def spread_of(value: float | None, interval: tuple[float, float] | None, metric: Metric) -> str:
    """A standard deviation with its interval: `0.31 (0.19 to 0.89)`."""
    if value is None or interval is None:
        return NONE
    return f"{metric.amount(value)} ({metric.amount(interval[0])} to {metric.amount(interval[1])})"


def normed(norms: Norms | None) -> str:
    """Median, 95 % quantile and largest norm: `1.2 / 3.4 / 5.6`."""
    if norms is None:
        return NONE
    return " / ".join(f"{one:.3g}" if math.isfinite(one) else "not finite" for one in vars(norms).values())
