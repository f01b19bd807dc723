"""A smooth distribution that stands for the unknown one from which the values of an arm's trials come.

A resample of the values themselves never has a value above the best one, so that its band for many trials is too narrow
(Tang et al., 2020; Lourie, Cho and He, 2024, "Show Your Work with Confidence: Confidence Bands for Tuning Curves",
arXiv 2311.09480). Without any assumption about better values, no band is finite where n is above a fifth of the trials.
So this distribution assumes that better values fall off exponentially, on the scale of the best values seen.
"""

import numpy as np

from rts_search.analysis.effort.expected_best import Values

SAME = 1e-12
"""Two values that differ by less are the same but for rounding errors."""
BEST = 3
"""Number of best values that set the scale beyond them: their mean distance from the next one."""


def sample(ordered: Values, shares: Values) -> Values:
    """Values of the distribution at the given shares.

    Between the values seen, of which the i-th smallest is at i / (N + 1), the distribution is linear. Beyond the best
    one it is exponential. Below the worst one there is nothing.

    Args:
        ordered: (R, N), each row ascending: the values seen, of R distributions.
        shares: (R, M), in (0, 1).

    Returns:
        (R, M).
    """
    count = ordered.shape[1]
    place = np.clip(shares * (count + 1), 1, count)
    lower = np.minimum(place.astype(int), max(1, count - 1))
    below = np.take_along_axis(ordered, lower - 1, axis=1)
    above = np.take_along_axis(ordered, np.minimum(lower, count - 1), axis=1)
    beyond = np.log(np.minimum(1.0, (1.0 - shares) * (count + 1)))
    return np.asarray(below + (place - lower) * (above - below) - tail(ordered)[:, None] * beyond)


def tail(ordered: Values) -> Values:
    """Scale of the values beyond the best one of each row of (R, N), >= 0. Returns: (R,).

    At least half the smallest step between two values: accuracies are counted in whole images, so that equal values may
    come from rounding. 0 where all values are equal.
    """
    best = min(BEST, ordered.shape[1] - 1)
    if not best:
        return np.zeros(len(ordered))
    steps = np.diff(ordered, axis=1)
    smallest = np.where(steps > SAME, steps, np.inf).min(axis=1)
    rounding = np.where(np.isfinite(smallest), smallest / 2, 0.0)
    return np.asarray(np.maximum((ordered[:, -best:] - ordered[:, -best - 1, None]).mean(axis=1), rounding))
