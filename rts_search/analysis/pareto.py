"""The Pareto front of trials: those that no other trial beats in both the objective and cost."""

from collections.abc import Iterable, Mapping

from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig


def search_front(entries: Iterable[TrialEntry], objective: ObjectiveConfig) -> frozenset[int]:
    """Numbers of the completed trials of the search that no other one and no baseline, tuned or not, dominates."""
    done = [entry for entry in entries if entry.completed]
    front = pareto_front({entry.number: (entry.gain(objective), entry.cost) for entry in done})
    return frozenset(entry.number for entry in done if entry.arm == RTS and entry.number in front)


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
