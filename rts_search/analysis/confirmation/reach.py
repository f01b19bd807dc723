"""Ranking contenders after the screening, and finding those that may still be the best."""

import numpy as np
from scipy import special

from rts_search.analysis.confirmation.statistics import Accuracies

REACH = 0.95
"""One-sided confidence of the bound that decides whether a contender stays."""


def order_of(gains: Accuracies) -> list[int]:
    """Indices of contenders by mean of `gains` (contenders, seeds), the best first; the earlier one of equals."""
    means = gains.mean(axis=1)
    return sorted(range(len(means)), key=lambda index: -means[index])


def in_reach(gains: Accuracies, chosen: int) -> list[bool]:
    """Whether each contender may still be better than the chosen one.

    A contender stays when the upper bound of its gain over the chosen one is at least 0. The spread comes from the
    residuals of the model contender + seed over all contenders, since a few differences alone say little about it.
    This decides only which contenders get more seeds, never which one wins.

    Args:
        gains: values of the objective on the validation part, larger is better (contenders, seeds).
        chosen: index of the chosen contender.
    """
    contenders, seeds = gains.shape
    means = gains.mean(axis=1)
    if contenders == 1:
        return [True]
    residuals = gains - means[:, None] - gains.mean(axis=0) + gains.mean()
    freedom = (contenders - 1) * (seeds - 1)
    error = np.sqrt((residuals**2).sum() / freedom * 2 / seeds)
    bounds = means - means[chosen] + float(special.stdtrit(freedom, REACH)) * error
    return [index == chosen or bool(bound >= 0.0) for index, bound in enumerate(bounds)]
