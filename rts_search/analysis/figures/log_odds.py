"""An axis of shares on a logarithmic scale of their odds, which pages and reports offer as an option."""

import math
from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.scope import Scope
from trainables.core.settings.metrics import Metric

TICKS = (0.1, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99)
"""Percent."""
FEWEST_TICKS = 4


def log_odds(metric: Metric, scope: Scope, values: Sequence[float]) -> dict[str, Any]:
    """What the script of the pages needs for an axis of this metric: percent p is then at log10(p / (100 - p)).

    Args:
        metric: of the axis.
        scope: what the axis shows of its values.
        values: all values, in percent. 0 and 100 have no odds: they are drawn as if they were half as far from 0 or
            100 as the value next to them.

    Returns:
        The entry `log_odds` of the layout's `meta`; nothing where the metric is no share, or nothing has odds.
    """
    inside = [value for value in values if 0.0 < value < 100.0]
    if not metric.is_share or not inside:
        return {}
    clip = [min(inside) / 2, 100 - (100 - max(inside)) / 2]
    low, high = (min(clip[1], max(clip[0], end)) for end in (scope.low, scope.high))
    if low >= high:
        return {}
    ticks: list[float] = [tick for tick in TICKS if low <= tick <= high]
    if len(ticks) < FEWEST_TICKS:
        ticks = _evenly(low, high)
    axis = {
        "range": [odds(low), odds(high)],
        "tickvals": [odds(tick) for tick in ticks],
        "ticktext": [f"{tick:g}" for tick in ticks],
    }
    return {"log_odds": {"clip": clip, "axis": axis}}


def _evenly(low: float, high: float) -> list[float]:
    """At least FEWEST_TICKS round numbers from low to high."""
    decade = 10.0 ** math.floor(math.log10(high - low))
    steps = (decade * digit for digit in (1.0, 0.5, 0.2, 0.1))
    step = next(one for one in steps if math.floor(high / one) - math.ceil(low / one) + 1 >= FEWEST_TICKS)
    return [round(step * place, 6) for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def odds(percent: float) -> float:
    """Decimal logarithm of the odds of a percentage between 0 and 100."""
    return round(math.log10(percent / (100.0 - percent)), 6)
