"""The Pareto front of trials: those that no other trial beats in both val_acc and cost."""

from collections.abc import Mapping


def pareto_front(points: Mapping[int, tuple[float, int]]) -> frozenset[int]:
    """Numbers of the trials that no other trial dominates.

    A trial dominates another when it is at least as accurate, costs at most as much, and is not equal in both.

    Args:
        points: (val_acc, gradient evaluations) by number of the trial.
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
