"""An axis of shares on a logarithmic scale of their odds, which pages and reports offer as an option."""

import math
from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.scope import Scope

TICKS = (0.1, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99)
"""Percent."""
FEWEST_TICKS = 4


def log_odds(scope: Scope, values: Sequence[float]) -> dict[str, Any]:
    """What the script of the pages needs for this axis: percent p is then at log10(p / (100 - p)).

    Args:
        scope: what the axis shows of its values.
        values: all values, in percent. 0 and 100 have no odds: they are drawn as if they were half as far from 0 or
            100 as the value next to them.
    """
    inside = [value for value in values if 0.0 < value < 100.0] or [50.0]
    clip = [min(inside) / 2, 100 - (100 - max(inside)) / 2]
    low, high = (min(clip[1], max(clip[0], end)) for end in (scope.low, scope.high))
    ticks: list[float] = [tick for tick in TICKS if low <= tick <= high]
    if len(ticks) < FEWEST_TICKS:
        ticks = [round(low + (high - low) * place / FEWEST_TICKS, 2) for place in range(1, FEWEST_TICKS)]
    return {
        "clip": clip,
        "axis": {
            "range": [odds(low), odds(high)],
            "tickvals": [odds(tick) for tick in ticks],
            "ticktext": [f"{tick:g}" for tick in ticks],
        },
    }


def odds(percent: float) -> float:
    """Decimal logarithm of the odds of a percentage between 0 and 100."""
    return round(math.log10(percent / (100.0 - percent)), 6)
