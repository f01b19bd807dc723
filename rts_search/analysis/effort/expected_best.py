"""The expected best of n trials of a search whose trials are alike and independent. Larger values are better.

V(n) is the mean of the largest of n values: what a search of n trials reaches on average (Dodge et al., 2019, "Show
Your Work: Improved Reporting of Experimental Results", arXiv 1909.03004). From N trials with the sorted values v_1 <=
... <= v_N they estimate it by the sum of v_i ((i / N)^n - ((i - 1) / N)^n). This is too low, and for n = N below the
best value found (Tang et al., 2020, "Showing Your Work Doesn't Always Work", arXiv 2004.13705). Here it is estimated
without this bias, as Tang et al. propose: by the mean of the largest value over all choices of n of the N trials. So
the curve is the mean of the best so far over all orders of the trials, and ends at the best value found.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def expected_best(values: Values, trials: NDArray[np.int_]) -> Values:
    """The expected largest of n values, for each n.

    Args:
        values: (..., N), in any order. N >= 1.
        trials: (T,), each n in 1..N.

    Returns:
        (..., T).
    """
    return np.asarray(np.sort(values, axis=-1) @ weights(values.shape[-1], trials).T)


def weights(count: int, trials: NDArray[np.int_]) -> Values:
    """The share of all choices of n of N trials whose largest value is the i-th smallest: C(i - 1, n - 1) / C(N, n).

    Args:
        count: N.
        trials: (T,), each n in 1..N.

    Returns:
        (T, N); each row adds up to 1. Column i - 1 belongs to the i-th smallest value.
    """
    place = np.arange(1, count)
    n = trials[:, None]
    # Each weight over the one to its right: C(i - 1, n - 1) / C(i, n - 1) = (i - n + 1) / i.
    ratios = np.maximum(place - n + 1, 0) / place
    from_right = np.cumprod(ratios[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(n / count * np.concatenate([from_right, np.ones_like(n)], axis=1))
