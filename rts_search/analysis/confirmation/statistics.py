"""Tests and intervals for paired differences over seeds. Accuracies are in [0, 1]; a diverged run is NaN."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Accuracies = NDArray[np.float64]

RESAMPLES = 9_999
BOOTSTRAP_SEED = 0
"""Fixed, so that the same differences always have the same interval."""
FAR = 0.001
"""A run is far from the others when less than this share of normally distributed runs would be."""


def paired_differences(first: Accuracies, second: Accuracies) -> Accuracies:
    """First minus second, seed by seed.

    Infinity where only the second diverged, minus infinity where only the first did, NaN where both did.
    """
    found = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    found[np.isnan(second) & ~np.isnan(first)] = np.inf
    found[np.isnan(first) & ~np.isnan(second)] = -np.inf
    return found


def p_better(differences: Accuracies, image: float, luck: float = 0.0) -> float:
    """One-sided p of "the mean difference is not above 0", in [0, 1].

    Student's t for finite differences. Where one is infinite, the exact signed-rank test (Wilcoxon 1945), in which it
    is the largest. 1 where nothing can be tested: fewer than two differences, or one that is NaN.

    Args:
        differences: (seeds,), of accuracies.
        image: accuracy of one image of the test part, 1 / number of images; 0 where accuracies are not rounded.
        luck: standard deviation of the difference over repeated tunings (`tuning_luck`); 0 where nothing was tuned. The
            signed-rank test ignores it.
    """
    if len(differences) < 2 or np.isnan(differences).any():
        return 1.0
    if not np.isfinite(differences).all():
        return _signed_rank(differences)
    return float(_student(differences[None], image, luck)[0])


def standard_error(differences: Accuracies, image: float, luck: float = 0.0) -> float:
    """Standard error of the mean of finite differences (seeds,). For `luck` see `p_better`.

    The standard deviation over the seeds counts as at least one image: accuracies are counted in whole images, so that
    a smaller one can come from rounding.
    """
    return float(_standard_errors(differences[None], image, luck)[0])


def interval(differences: Accuracies, level: float, image: float, luck: float = 0.0) -> tuple[float, float]:
    """Two-sided interval of the mean of finite differences (seeds,) by Student's t, at a level in (0, 1)."""
    mean, freedom = float(differences.mean()), len(differences) - 1
    reach = float(special.stdtrit(freedom, 0.5 + level / 2)) * standard_error(differences, image, luck)
    return mean - reach, mean + reach


def bootstrap(differences: Accuracies, level: float, luck: float = 0.0) -> tuple[float, float]:
    """Two-sided interval of the mean of finite differences (seeds,) by the bootstrap (BCa; percentiles for two).

    `luck` (see `p_better`) widens it on both sides by the quantile of the normal distribution, in quadrature.
    """
    mean = float(differences.mean())
    low, high = _resampled(differences, level)
    if not luck:
        return low, high
    reach = float(special.ndtri(0.5 + level / 2)) * luck
    return mean - float(np.hypot(mean - low, reach)), mean + float(np.hypot(high - mean, reach))


def _resampled(differences: Accuracies, level: float) -> tuple[float, float]:
    mean = float(differences.mean())
    if np.ptp(differences) < 1e-12:
        return mean, mean
    method = "BCa" if len(differences) > 2 else "percentile"  # two values do not determine BCa's acceleration
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    found = stats.bootstrap(
        (differences,), np.mean, confidence_level=level, n_resamples=RESAMPLES, method=method, rng=generator
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def p_without_any_seed(differences: Accuracies, image: float, luck: float = 0.0) -> float:
    """The largest p of `p_better` when any one seed is left out: no claim may depend on a single seed."""
    count = len(differences)
    if count < 3:
        return 1.0
    rest = np.broadcast_to(differences, (count, count))[~np.eye(count, dtype=bool)].reshape(count, count - 1)
    if np.isfinite(differences).all():
        return float(_student(rest, image, luck).max())  # all rows at once, which is much faster with many seeds
    return max(p_better(one, image, luck) for one in rest)


def far_from_others(accuracies: Accuracies, image: float) -> list[int]:
    """Indices of the runs that are far from the other runs of the same method, by externally studentized distance.

    Args:
        accuracies: (seeds,) of one method; NaN where a run diverged, which is left out.
        image: as in `p_better`.
    """
    finite = [place for place, value in enumerate(accuracies) if np.isfinite(value)]
    if len(finite) < 4:
        return []
    far = []
    for place in finite:
        others = np.array([accuracies[other] for other in finite if other != place])
        spread = max(float(others.std(ddof=1)), image) * float(np.sqrt(1 + 1 / len(others)))
        distance = abs(accuracies[place] - others.mean())
        if spread and distance / spread > float(special.stdtrit(len(others) - 1, 1 - FAR / 2)):
            far.append(place)
    return far


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


def _student(differences: Accuracies, image: float, luck: float) -> Accuracies:
    """One-sided p of Student's t for each row of finite differences (rows, seeds), 1 where a row has no spread."""
    errors = _standard_errors(differences, image, luck)
    # Without spread there is nothing to test.
    t = differences.mean(axis=-1) / np.where(errors == 0.0, 1.0, errors)
    return np.where(errors == 0.0, 1.0, special.stdtr(differences.shape[-1] - 1, -t))


def _standard_errors(differences: Accuracies, image: float, luck: float) -> Accuracies:
    spread = differences.std(axis=-1, ddof=1)
    # Rounding errors make equal differences differ in their last bits.
    spread = np.where(np.ptp(differences, axis=-1) < 1e-12, 0.0, spread)
    return np.asarray(np.hypot(np.maximum(spread, image) / np.sqrt(differences.shape[-1]), luck))


def _signed_rank(differences: Accuracies) -> float:
    """Probability that random signs give a sum of positive ranks at least as large; zeros are left out."""
    told = differences[differences != 0.0]
    doubled = np.rint(2 * stats.rankdata(np.abs(told))).astype(int)  # integers: shared ranks are multiples of 1/2
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for rank in doubled:
        ways[rank:] += ways[: len(ways) - rank].copy()
    return float(ways[int(doubled[told > 0].sum()) :].sum() / ways.sum())
