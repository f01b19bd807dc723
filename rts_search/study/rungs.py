"""The rungs of a sweep, where its trials are judged, and how a trial comes past them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from rts_search.sweep.sections import SchedulerConfig


@dataclass(frozen=True)
class Arrival:
    """A trial at a rung, or at several that lie within one epoch."""

    rungs: tuple[int, ...]
    """Their places, from 0."""
    value: float
    """By which it is judged: mean val_acc of its last epochs."""


class Course:
    """One trial on its way past the rungs.

    The SGD epochs before a trial's switch are the same for all its siblings and tell nothing: rungs at or before the
    switch neither judge a trial nor keep what it has reached there, so that one that never leaves SGD is never stopped.
    Those epochs are known by their cost, one gradient a step from the first epoch on; NGD, at the same cost, counts as
    SGD.
    """

    def __init__(self, rungs: "Ladder") -> None:
        """Stand before the first epoch."""
        self._ladder = rungs
        self._cost = self._prefix = self._rung = 0
        self.judged = 0
        """Gradient evaluations at its last arrival."""
        self._values: deque[float] = deque(maxlen=rungs.window)

    def hear(self, cost: int, val_acc: float) -> Arrival | None:
        """What the trial has come to with an epoch, if anything; an epoch that was told before is not looked at twice.

        `cost`: gradient evaluations of the trial up to there.
        """
        if cost <= self._cost:
            return None
        if self._cost == self._prefix and cost - self._cost <= self._ladder.sgd_epoch:
            self._prefix = cost
        else:
            self._values.append(val_acc)
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
    """Where trials are judged, in gradient evaluations."""

    def __init__(self, asked: SchedulerConfig, full_cost: int, epochs: int) -> None:
        """`full_cost`: gradient evaluations of the dearest trial, two per step in each of its `epochs`."""
        self.sgd_epoch = full_cost / (2 * epochs)
        """The most that an epoch of SGD costs."""
        self.window = max(1, round(asked.smoothing_fraction * epochs))
        """Epochs over which val_acc is averaged."""
        self.costs = [float(max(1, round(full_cost * asked.grace_fraction)))]
        """The rungs: at the grace and at powers of the reduction factor times it."""
        while self.costs[-1] * asked.reduction_factor < full_cost:
            self.costs.append(self.costs[-1] * asked.reduction_factor)


@dataclass
class Rung:
    """Who came to a rung, in whatever order."""

    values: list[float] = field(default_factory=list)
    """Ascending, without promotion."""
    ranking: list[tuple[float, int]] = field(default_factory=list)
    """Value, negative, and number of each, the best first, with promotion."""
    held: set[int] = field(default_factory=set)
    """Those that were stopped here, and have neither gone on nor ended since."""
