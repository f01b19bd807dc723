"""How trials with each value of a setting end on average, all else being equal, with intervals by the bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from rts_search.analysis.advice.effects import centred, contrasts
from rts_search.analysis.advice.features import Feature

RESAMPLES = 1000
COVERAGE = 0.95


@dataclass(frozen=True)
class Marginal:
    """The mean score of the classes of one setting. Arrays have one number for each class."""

    feature: Feature
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    """Ends of the interval of each mean, at COVERAGE."""
    ruled_out: NDArray[np.bool_]
    """Whether the class is worse than the best one, at COVERAGE for all classes of the setting together."""
    good: NDArray[np.bool_]
    """Whether the class is better than the average trial, and not ruled out."""

    def percentile(self, score: float) -> float:
        """The share of all trials, in percent, than which a trial of this score ends better."""
        return 100.0 * float(stats.norm.cdf(score))


def marginals(
    features: Sequence[Feature], scores: NDArray[np.float64], blocks: NDArray[np.int64], seed: int = 0
) -> list[Marginal]:
    """Fit the sum of the settings' effects by least squares, and again to resampled trials of each sweep."""
    if not features:
        return []
    generator = np.random.default_rng(seed)
    fitted = _fit(features, scores, blocks, np.arange(len(scores)))
    repeats = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate(
            [generator.choice(np.flatnonzero(blocks == block), (blocks == block).sum()) for block in np.unique(blocks)]
        )
        repeats.append(_fit(features, scores, blocks, drawn))
    return [
        _marginal(feature, means, np.stack([one[place] for one in repeats]))
        for place, (feature, means) in enumerate(zip(features, fitted, strict=True))
    ]


def _fit(
    features: Sequence[Feature], scores: NDArray[np.float64], blocks: NDArray[np.int64], rows: NDArray[np.int64]
) -> list[NDArray[np.float64]]:
    """Mean score of each class of each setting, relative to that of the trials that use the setting."""
    there = blocks[rows]
    members = [feature.member[rows] for feature in features]
    columns = [contrasts(own, len(feature.classes), there) for own, feature in zip(members, features, strict=True)]
    weights, *_ = np.linalg.lstsq(np.hstack(columns), centred(scores[rows], there), rcond=None)
    found, start = [], 0
    for own, feature in zip(members, features, strict=True):
        effects = weights[start : start + len(feature.classes)]
        sizes = np.bincount(own[own >= 0], minlength=len(feature.classes))
        found.append(np.where(sizes > 0, effects - (effects @ sizes) / max(sizes.sum(), 1), np.nan))
        start += len(feature.classes)
    return found


def _marginal(feature: Feature, mean: NDArray[np.float64], repeats: NDArray[np.float64]) -> Marginal:
    tail = (1.0 - COVERAGE) / 2.0
    low, high = np.nanquantile(repeats, [tail, 1.0 - tail], axis=0)
    best = int(np.nanargmax(mean))
    behind, spread = mean[best] - mean, np.nanstd(repeats[:, [best]] - repeats, axis=0)
    errors = np.abs(repeats[:, [best]] - repeats - behind)
    scaled = np.divide(errors, spread, where=spread > 0, out=np.zeros_like(errors))
    # One bound for all classes: the largest error of any difference is below it in COVERAGE of the resamples.
    bound = float(np.nanquantile(np.nanmax(scaled, axis=1), COVERAGE))
    ruled_out = behind > bound * spread
    ruled_out[best] = False
    return Marginal(feature, mean, low, high, ruled_out, (low > 0.0) & ~ruled_out)
