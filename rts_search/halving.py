"""Which trials are stopped early: asynchronous successive halving over gradient evaluations, without Ray."""

from bisect import insort
from dataclasses import dataclass


class Halving:
    """Hears of every epoch of every trial and says who is too weak to go on.

    Rungs lie at the grace and at powers of the reduction factor times it. As in Ray's ASHA (Li et al. 2020), a trial is
    too weak when it is below the quantile 1 - 1 / reduction_factor of those who came to the rung before it. The SGD
    epochs before a trial's switch are the same for all its siblings and tell nothing: rungs at or before the switch
    neither judge a trial nor keep what it has reached there, so that one that never leaves SGD is never stopped. Those
    epochs are known by their cost, one gradient a step from the first epoch on; NGD, at the same cost, counts as SGD.
    """

    def __init__(self, full_cost: int, epochs: int, grace_fraction: float, reduction_factor: float) -> None:
        """`full_cost`: gradient evaluations of the dearest trial, two per step in each of its `epochs`.

        grace_fraction in (0, 1] of it is the first rung; reduction_factor > 1.
        """
        self._sgd_epoch = full_cost / (2 * epochs)
        self._share = 1.0 - 1.0 / reduction_factor
        self._costs = [float(max(1, round(full_cost * grace_fraction)))]
        while self._costs[-1] * reduction_factor < full_cost:
            self._costs.append(self._costs[-1] * reduction_factor)
        self._reached: list[list[float]] = [[] for _ in self._costs]
        self._courses: dict[int, _Course] = {}

    def stops(self, number: int, cost: int, val_acc: float) -> bool:
        """Hear of an epoch of trial `number`; whether the trial is to be stopped after it.

        `cost`: gradient evaluations of the trial up to there; one that was told before is not looked at twice. val_acc
        lies in [0, 1].
        """
        course = self._courses.setdefault(number, _Course())
        if cost <= course.cost:
            return False
        if course.cost == course.prefix and cost - course.cost <= self._sgd_epoch:
            course.prefix = cost
        course.cost = cost
        weak = False
        while course.rung < len(self._costs) and self._costs[course.rung] <= cost:
            if self._costs[course.rung] > course.prefix:
                weak = self._is_weak(course.rung, val_acc)
                insort(self._reached[course.rung], val_acc)
            course.rung += 1
        return weak

    def _is_weak(self, rung: int, value: float) -> bool:
        before = self._reached[rung]
        return bool(before) and value < _quantile(before, self._share)


@dataclass
class _Course:
    """How far a trial has come."""

    cost: int = 0
    prefix: int = 0
    """Gradient evaluations of the SGD epochs that it begins with."""
    rung: int = 0
    """The next one."""


def _quantile(ascending: list[float], share: float) -> float:
    """Linear interpolation, as numpy's."""
    place = share * (len(ascending) - 1)
    low = int(place)
    if low + 1 == len(ascending):
        return ascending[low]
    return ascending[low] + (place - low) * (ascending[low + 1] - ascending[low])
