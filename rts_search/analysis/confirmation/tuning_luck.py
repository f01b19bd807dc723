"""The luck of tuning: by how much the best trial of an arm would differ if the same arm were tuned once more."""

from collections.abc import Sequence

import numpy as np

TRIALS = 3
"""Number of the best trials whose values are compared."""
SHARE = 0.5
"""Part of their standard deviation that counts. `python -m benchmarks arms` measures its effect: two names of one
method are called different in less than 5 % of simulated sweeps, and unequal methods are still found."""


def tuning_luck(gains: Sequence[float]) -> float:
    """Estimate the standard deviation of an arm's best value over repeated tunings, from one tuning.

    The best trials of an arm lie close together where many settings are nearly as good as the best one, and another
    tuning would then find as good a trial. Where they lie far apart, finding the best one was luck. Among the largest
    of many independent values, the gap between the first two is about as large as the spread of the first (Renyi 1953,
    "On the theory of order statistics").

    Args:
        gains: values of the objective on the validation part, larger is better, of the arm's completed trials, the best
            one first. With fewer than two, nothing is known, and the result is 0.
    """
    best = list(gains)[:TRIALS]
    return SHARE * float(np.std(best, ddof=1)) if len(best) > 1 else 0.0
