"""The share of runs that diverged, with its interval."""

from scipy import special

LEVEL = 0.95


def share_interval(count: int, total: int) -> tuple[float, float] | None:
    """The exact interval of 95 % of a share (Clopper and Pearson 1934); None where the total is 0.

    It holds for runs that are independent of each other.
    """
    if not total:
        return None
    tail = (1 - LEVEL) / 2
    low = float(special.betaincinv(count, total - count + 1, tail)) if count else 0.0
    high = float(special.betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0
    return low, high
