"""The expected best of n trials of an arm with a bootstrap band, stopped and diverged trials included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rts_search.analysis.effort.censoring import TunedTrial, drawn_values
from rts_search.analysis.effort.expected_best import Values, expected_best
from rts_search.analysis.effort.smoothed import sample

RESAMPLES = 1000
LEVEL = 0.95
"""Level of the band, at each number of trials by itself."""


@dataclass(frozen=True)
class Band:
    """The expected best value for each number of trials; larger is better."""

    best: Values
    low: Values
    high: Values


def expected_best_band(trials: Sequence[TunedTrial], numbers: NDArray[np.int_], worst: float) -> Band:
    """The expected best of n trials that are alike and independent, and the band by the percentile bootstrap.

    Each resample has its own draw of what the stopped trials might have reached, and comes from the smooth distribution
    around the values.

    Args:
        trials: all N trials of an arm. At least one is completed.
        numbers: (T,), each n in 1..N.
        worst: the value of a trial that diverged.
    """
    values = np.sort(drawn_values(trials, worst, RESAMPLES), axis=1)
    best = expected_best(values, numbers).mean(axis=0)
    shares = np.random.default_rng(1).uniform(size=(RESAMPLES, values.shape[1]))
    again = expected_best(sample(np.broadcast_to(values, shares.shape), shares), numbers)
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Band(best, np.minimum(low, best), np.maximum(high, best))
