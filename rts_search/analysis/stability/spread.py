"""The spread of values over epochs and over seeds."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from rts_search.analysis.courses.course import Values

PART = 3
"""The spread over epochs is that of the last of so many equal parts of a training."""
LEAST_VALUES = 3
LEVEL = 0.95


def epoch_spread(values: Values) -> float | None:
    """Standard deviation of a value from epoch to epoch in the last third of a training, without its trend.

    With the n values v_1, ..., v_n of these epochs it is the square root of the sum of (v_(i + 1) - v_i)^2 over
    2 (n - 1): half the mean square successive difference (von Neumann, Kent, Bellinson and Hart 1941). For independent
    deviations around a slow trend its square is on average their variance.

    None for fewer than 3 epochs, or where one of the values is not finite.
    """
    last = values[-max(LEAST_VALUES, math.ceil(len(values) / PART)) :]
    if len(last) < LEAST_VALUES or not np.isfinite(last).all():
        return None
    return math.sqrt(float(np.square(np.diff(last)).sum()) / (2 * (len(last) - 1)))


def pooled(spreads: Sequence[float | None]) -> float | None:
    """The root of the mean square of the spreads of several runs; None without any."""
    known = [one for one in spreads if one is not None]
    return math.sqrt(sum(one**2 for one in known) / len(known)) if known else None


def seed_spread(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Standard deviation over seeds (n - 1 in the denominator) with its interval of 95 %.

    The interval is that of normally distributed values, from the chi-square distribution. None for fewer than two
    values, or where one is not finite.
    """
    count = len(values)
    if count < 2 or not np.isfinite(values).all():
        return None
    spread, freedom = float(np.std(values, ddof=1)), count - 1
    low, high = (float(special.chdtri(freedom, share)) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return spread, spread * math.sqrt(freedom / low), spread * math.sqrt(freedom / high)
