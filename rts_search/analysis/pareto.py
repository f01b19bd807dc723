"""Which trials are beaten by no other on both of val_acc and cost."""

from collections.abc import Mapping


def pareto_front(points: Mapping[int, tuple[float, int]]) -> frozenset[int]:
    """Of trials by number, each with its (val_acc, gradient evaluations), those that no other dominates.

    Another dominates when it is at least as accurate and at most as dear, and not equal in both.
    """
    front, best = set(), dict[int, float]()
    for val_acc, cost in points.values():
        best[cost] = max(val_acc, best.get(cost, val_acc))
    reached: float | None = None
    for cost in sorted(best):
        if reached is None or best[cost] > reached:
            reached = best[cost]
            front.add((reached, cost))
    return frozenset(number for number, point in points.items() if point in front)
