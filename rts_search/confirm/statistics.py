"""Paired differences over seeds: mean, intervals and p values, and Holm's correction for several of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Accuracies = NDArray[np.float64]

LEVEL = 0.95
"""Coverage of the intervals."""
RESAMPLES = 9_999
BOOTSTRAP_SEED = 0
"""The same differences have the same interval, whenever they are looked at."""


@dataclass(frozen=True)
class PairedDifference:
    """What n paired differences say of their mean; in the unit of the accuracies."""

    mean: float
    sd: float
    """Standard deviation of the differences, n - 1 in its denominator."""
    interval: tuple[float, float]
    """95 % interval of the mean by Student's t."""
    bootstrap: tuple[float, float]
    """95 % interval of the mean by the bootstrap (BCa)."""
    p_better: float
    """One-sided p of the paired t test against "no better", in [0, 1]."""
    p_worse: float
    """One-sided p of the paired t test against "no worse", in [0, 1]."""


def paired_difference(first: Accuracies, second: Accuracies) -> PairedDifference:
    """Compare two methods that were trained on the same seeds.

    Args:
        first: accuracies (seeds,), at least 2.
        second: accuracies (seeds,) of the same seeds in the same order.

    Differences that are all equal have no spread by which to judge them: both p are 1.
    """
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    mean = float(differences.mean())
    # Equal differences of accuracies differ in their last bits.
    if np.ptp(differences) < 1e-12:
        return PairedDifference(mean, 0.0, (mean, mean), (mean, mean), 1.0, 1.0)
    better = stats.ttest_1samp(differences, 0.0, alternative="greater")
    low, high = stats.ttest_1samp(differences, 0.0).confidence_interval(LEVEL)
    p_better = float(better.pvalue)
    sd = float(differences.std(ddof=1))
    return PairedDifference(mean, sd, (float(low), float(high)), _bootstrap(differences), p_better, 1.0 - p_better)


def _bootstrap(differences: Accuracies) -> tuple[float, float]:
    method = "BCa" if len(differences) > 2 else "percentile"  # BCa's acceleration says nothing about two values
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    found = stats.bootstrap(
        (differences,), np.mean, confidence_level=LEVEL, n_resamples=RESAMPLES, method=method, rng=generator
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (Holm 1979), in the order of the p values given.

    Rejecting where the result is <= alpha keeps the chance of any false rejection at alpha.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, largest = [1.0] * len(p_values), 0.0
    for step, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = largest
    return adjusted
