"""The Pareto front of trials: those that no other trial beats in both the objective and cost."""

from collections.abc import Mapping


def pareto_front(points: Mapping[int, tuple[float, int]]) -> frozenset[int]:
    """Numbers of the trials that no other trial dominates.

    A trial dominates another when it is at least as accurate, costs at most as much, and is not equal in both.

    Args:
        points: (gain, gradient evaluations), of which a larger gain is better, by number of the trial.
    """
    front, best = set(), dict[int, float]()
    for gain, cost in points.values():
        best[cost] = max(gain, best.get(cost, gain))
    reached: float | None = None
    for cost in sorted(best):
        if reached is None or best[cost] > reached:
            reached = best[cost]
            front.add((reached, cost))
    return frozenset(number for number, point in points.items() if point in front)
