"""Medians of costs of which some are only known to be larger than what was spent, with exact intervals.

A cost is a pair of bounds: (c, c) where a run reached the value after c, (c, inf) where it ended after c without having
reached it (right-censored), (inf, inf) where it diverged, since it never will.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

Bounds = tuple[float, float]
SAME = 1e-9


@dataclass(frozen=True)
class Median:
    """A median over seeds, or over pairs of runs on one seed each."""

    count: int
    known: int
    """Number of values that are exact; the others are bounded."""
    middle: float | None
    """The median; None where the bounded values leave it open, or it is infinite."""
    low: float | None
    """Lower end of its interval at `level`, perhaps infinite; None where there are too few values for one."""
    high: float | None
    level: float
    """Level of the interval that was asked for, in (0, 1). Its coverage is at least that."""

    @property
    def fewest(self) -> int:
        """The smallest number of values that has an interval of this level."""
        return fewest_values(self.level)

    @property
    def established(self) -> bool:
        """Whether its interval excludes 0, where it is one of a difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def fewest_values(level: float) -> int:
    """The smallest number of values whose range covers their median at a level: 6 for 95 %."""
    return math.ceil(1 - math.log2(1 - level) - SAME)


def median_of_costs(costs: Sequence[Bounds], level: float) -> Median:
    """The median of costs after Kaplan and Meier (1958) with its interval (`interval_of_median`)."""
    low, high = interval_of_median(costs, level)
    known = sum(low == high < math.inf for low, high in costs)
    return Median(len(costs), known, kaplan_meier_median(costs), low, high, level)


def median_of_differences(first: Sequence[Bounds], second: Sequence[Bounds], level: float) -> Median:
    """The median of first minus second, pair by pair, with its interval (`interval_of_median`).

    It is exact where the bounded differences do not matter for it, else None.
    """
    found = [_difference(one, other) for one, other in zip(first, second, strict=True)]
    low, high = interval_of_median(found, level)
    ends = [float(np.median([one[place] for one in found])) if found else math.nan for place in (0, 1)]
    middle = ends[0] if ends[0] == ends[1] and math.isfinite(ends[0]) else None
    return Median(len(found), sum(one[0] == one[1] for one in found), middle, low, high, level)


def kaplan_meier_median(costs: Sequence[Bounds]) -> float | None:
    """The smallest cost at which the estimated share of runs that have not reached the value is 1/2 or less.

    None where it stays above 1/2. A run that is censored at c counts as one that has not reached it after c.
    """
    left = 1.0
    for cost in sorted({low for low, high in costs if low == high < math.inf}):
        at_risk = sum(low >= cost for low, _ in costs)
        left *= 1 - sum(low == high == cost for low, high in costs) / at_risk
        if left <= 0.5 + SAME:
            return cost
    return None


def interval_of_median(values: Sequence[Bounds], level: float) -> Bounds | tuple[None, None]:
    """The exact interval of the median of the distribution of independent values that are known within bounds.

    It is the interval of the sign test, from the k-th smallest to the k-th largest value, where k is the largest number
    with P(B < k) <= (1 - level) / 2 for a binomial B of n and 1/2. It is that of Brookmeyer and Crowley (1982) and
    Emerson (1982), which invert the sign test for censored data too, without their approximation for large numbers: the
    lower end is taken from the smallest values that the bounds allow, the upper end from the largest. So it covers the
    median at least at this level, for any number of values and whatever has censored them.

    (None, None) where there are too few values.
    """
    count = len(values)
    place = 0
    while place < count / 2 and float(special.bdtr(place, count, 0.5)) <= (1 - level) / 2 + SAME:
        place += 1
    if not place:
        return None, None
    lows, highs = sorted(low for low, _ in values), sorted(high for _, high in values)
    return lows[place - 1], highs[count - place]


def _difference(one: Bounds, other: Bounds) -> Bounds:
    """The bounds of one cost minus another. Infinity minus infinity may be anything."""
    low, high = one[0] - other[1], one[1] - other[0]
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
