"""Which trials are stopped early, and which of them go on later: successive halving over gradient evaluations."""

from bisect import insort
from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from rts_search.sweep_file import SweepFile
from rts_search.sweep_sections import SchedulerConfig
from rts_search.trial_entry import TrialEntry
from trainables.core.lineage import full_cost


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
        passed = list(self._passed())
        return Arrival(tuple(passed), sum(self._values) / len(self._values)) if passed else None

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
class _Rung:
    """Who came to a rung."""

    values: list[float] = field(default_factory=list)
    """Ascending."""
    ranking: list[tuple[float, int]] = field(default_factory=list)
    """Value, negative, and number of each, the best first."""
    held: set[int] = field(default_factory=set)


class Halving:
    """Hears of every epoch of every trial and says who is too weak to go on.

    Without promotion, as Ray's ASHA does: a trial is stopped for good when it is below the quantile
    1 - 1 / reduction_factor of those who came to the rung before it. With promotion, as in Li et al. (2020), "A System
    for Massively Parallel Hyperparameter Tuning", Algorithm 2: a trial that is not among the best 1 / reduction_factor
    of all who came to the rung is held there, and goes on as soon as it is, since weaker ones have come.
    """

    def __init__(self, asked: SchedulerConfig, full_cost: int, epochs: int) -> None:
        """`full_cost`: gradient evaluations of the dearest trial, two per step in each of its `epochs`."""
        self._ladder = Ladder(asked, full_cost, epochs)
        self._keep = 1.0 / asked.reduction_factor
        self.promotes = asked.promotion
        """Whether a trial that was stopped may go on later."""
        self._rungs = [_Rung() for _ in self._ladder.costs]
        self._courses: dict[int, Course] = {}

    @classmethod
    def of_sweep(cls, sweep: SweepFile, full_cost: int, begun: Iterable[TrialEntry] = ()) -> Self | None:
        """The rule of a sweep, knowing what its trials have already done; None where none is stopped."""
        if sweep.scheduler.name == "none":
            return None
        rule = cls(sweep.scheduler, full_cost, sweep.training.epochs)
        for entry in begun:
            rule._remember(entry)
        return rule

    def _remember(self, entry: TrialEntry) -> None:
        """Fill the rungs from what a trial has on record.

        An unfinished trial has passed the rungs before its last epoch, and is not judged there again when its stored
        epochs are replayed: by now others may have filled them. Only at its last epoch is the decision not known.
        """
        if entry.baseline:
            return
        undecided = entry.state == "RUNNING" and not entry.held
        for epoch in entry.epochs[:-1] if undecided else entry.epochs:
            self._goes_on(entry.number)
            self.stops(entry.number, epoch.gradient_evaluations, epoch.val_acc)
        if not entry.held:
            self._goes_on(entry.number)

    def _goes_on(self, number: int) -> None:
        for rung in self._rungs:
            rung.held.discard(number)

    def course(self) -> Course:
        """A new trial's."""
        return Course(self._ladder)

    def stops(self, number: int, cost: int, val_acc: float) -> bool:
        """Hear of an epoch of trial `number`; whether the trial is to be stopped, or held, after it.

        `cost`: gradient evaluations of the trial up to there. val_acc lies in [0, 1].
        """
        course = self._courses.setdefault(number, self.course())
        arrival = course.hear(cost, val_acc)
        return arrival is not None and self.judges(number, arrival)

    def judges(self, number: int, arrival: Arrival) -> bool:
        """Whether a trial is too weak for what it has come to."""
        if self.promotes:
            return self._holds(number, arrival)
        weak = False
        for place in arrival.rungs:
            before = self._rungs[place].values
            weak = bool(before) and arrival.value < _quantile(before, 1.0 - self._keep)
            insort(before, arrival.value)
        return weak

    def _holds(self, number: int, arrival: Arrival) -> bool:
        for place in arrival.rungs:
            insort(self._rungs[place].ranking, (-arrival.value, number))
        rung = self._rungs[arrival.rungs[-1]]
        self._goes_on(number)
        if number in self._best(rung):
            return False
        rung.held.add(number)
        return True

    def _best(self, rung: _Rung, at_least: int = 0) -> list[int]:
        most = max(at_least, int(len(rung.ranking) * self._keep + 1e-9))
        return [number for _, number in rung.ranking[:most]]

    def promoted(self, ready: Container[int], at_least: int = 0) -> int | None:
        """The trial that goes on now, from the highest rung that has one; None while there is none.

        ready: the held trials whose worker has let go of them; at_least: so many of every rung go on, however few came
        there.
        """
        for rung in reversed(self._rungs):
            for number in self._best(rung, at_least) if rung.held else ():
                if number in rung.held and number in ready:
                    rung.held.remove(number)
                    return number
        return None


def judged_costs(sweep: SweepFile, steps_per_epoch: int) -> list[float]:
    """Gradient evaluations at which a trial may be held, to go on from there later."""
    if sweep.scheduler.name == "none" or not sweep.scheduler.promotion:
        return []
    epochs = sweep.training.epochs
    return Ladder(sweep.scheduler, full_cost(epochs, steps_per_epoch), epochs).costs


def _quantile(ascending: list[float], share: float) -> float:
    """Linear interpolation, as numpy's."""
    place = share * (len(ascending) - 1)
    low = int(place)
    if low + 1 == len(ascending):
        return ascending[low]
    return ascending[low] + (place - low) * (ascending[low + 1] - ascending[low])
