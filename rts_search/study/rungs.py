"""The rungs of a sweep, at which trials are judged, and the progress of a trial past them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from rts_search.sweep.sections import SchedulerConfig


@dataclass(frozen=True)
class Arrival:
    """A trial reaches a rung, or several rungs within one epoch."""

    rungs: tuple[int, ...]
    """Indices of the rungs, from 0."""
    value: float
    """Mean gain of the last epochs, by which the trial is judged: the objective's value, or its negative where smaller
    is better."""


class Course:
    """The progress of one trial past the rungs.

    The SGD epochs before a switch are the same for many trials and say nothing about one of them. So a rung at or
    before the switch neither judges a trial nor records its value, and a trial that never leaves SGD is never stopped.
    These epochs are recognised by their cost: one gradient per step, from the first epoch on. NGD has the same cost and
    counts as SGD.
    """

    def __init__(self, rungs: "Ladder") -> None:
        """Begin before the first epoch."""
        self._ladder = rungs
        self._cost = self._prefix = self._rung = 0
        self.judged = 0
        """Gradient evaluations when the trial last reached a rung; 0 before."""
        self._values: deque[float] = deque(maxlen=rungs.window)

    def hear(self, cost: int, gain: float) -> Arrival | None:
        """Take an epoch; return an arrival if the trial reaches a rung with it. A repeated epoch is ignored.

        cost: gradient evaluations of the trial up to the end of the epoch. gain: larger is better.
        """
        if cost <= self._cost:
            return None
        if self._cost == self._prefix and cost - self._cost <= self._ladder.sgd_epoch:
            self._prefix = cost
        else:
            self._values.append(gain)
        self._cost = cost
        passed = tuple(self._passed())
        if not passed:
            return None
        self.judged = cost
        return Arrival(passed, sum(self._values) / len(self._values))

    def _passed(self) -> Iterator[int]:
        costs = self._ladder.costs
        while self._rung < len(costs) and costs[self._rung] <= self._cost:
            if costs[self._rung] > self._prefix:
                yield self._rung
            self._rung += 1


class Ladder:
    """The costs at which trials are judged, in gradient evaluations."""

    def __init__(self, asked: SchedulerConfig, full_cost: int, epochs: int, shared_sgd: bool = True) -> None:
        """Place the rungs.

        Args:
            asked: the section `scheduler` of the sweep.
            full_cost: gradient evaluations of the most expensive trial, two per step in each of its `epochs`.
            epochs: number of epochs of a whole trial.
            shared_sgd: whether SGD epochs are the same for many trials and say nothing about one of them.
        """
        self.sgd_epoch = full_cost / (2 * epochs) if shared_sgd else 0.0
        """Highest cost of an SGD epoch that says nothing about its trial, in gradient evaluations."""
        self.window = max(1, round(asked.smoothing_fraction * epochs))
        """Number of epochs over which the gain is averaged."""
        self.costs = [float(max(1, round(full_cost * asked.grace_fraction)))]
        """Cost at each rung: the grace, times the powers of the reduction factor."""
        while self.costs[-1] * asked.reduction_factor < full_cost:
            self.costs.append(self.costs[-1] * asked.reduction_factor)


@dataclass
class Rung:
    """The trials that have reached a rung."""

    values: list[float] = field(default_factory=list)
    """Values of the trials, ascending; used without promotion."""
    ranking: list[tuple[float, int]] = field(default_factory=list)
    """Negative value and number of each trial, best first; used with promotion."""
    held: set[int] = field(default_factory=set)
    """Numbers of the trials that were stopped at this rung and have neither continued nor ended."""
