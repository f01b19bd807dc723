"""Which trials are stopped early, and which of them go on later: successive halving over gradient evaluations."""

from bisect import insort
from collections.abc import Container, Iterable
from typing import Self

from rts_search.study.rungs import Arrival, Course, Ladder, Rung
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import SchedulerConfig
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.lineage import full_cost


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
        self.epochs = epochs
        """Of a trial that comes to its end."""
        self.rungs = [Rung() for _ in self._ladder.costs]
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
        """Fill the rungs from what a trial has on record, in whatever order trials come: nothing is decided again.

        Who came to a rung stands in its ranking. A trial that is on record as held is held at the last rung that it
        came to; any other has passed all of its rungs. Only the last epoch of an interrupted trial may not have been
        decided on: then the trial is judged when that epoch is replayed.
        """
        if entry.baseline:
            return
        course, last = self._course(entry.number), None
        for epoch in entry.epochs if entry.decided else entry.epochs[:-1]:
            arrival = course.hear(epoch.gradient_evaluations, epoch.val_acc)
            if arrival is not None:
                self._enter(entry.number, arrival)
                last = arrival
        if entry.held and last is not None:
            self.rungs[last.rungs[-1]].held.add(entry.number)

    def course(self) -> Course:
        """A new trial's."""
        return Course(self._ladder)

    def _course(self, number: int) -> Course:
        return self._courses.setdefault(number, self.course())

    def stops(self, number: int, cost: int, val_acc: float) -> bool:
        """Hear of an epoch of trial `number`; whether the trial is to be stopped, or held, after it.

        `cost`: gradient evaluations of the trial up to there. val_acc lies in [0, 1].
        """
        arrival = self._course(number).hear(cost, val_acc)
        return arrival is not None and self.judges(number, arrival)

    def completes(self, number: int, cost: int, val_acc: float) -> None:
        """Hear of the last epoch of a trial, which is not judged any more: others are, by what it has come to."""
        arrival = self._course(number).hear(cost, val_acc)
        if arrival is not None:
            self._enter(number, arrival)
        self.release(number)

    def judged_at(self, number: int) -> int:
        """Gradient evaluations of the trial when it was last judged; 0 before."""
        return self._course(number).judged

    def stopped(self, number: int) -> bool:
        """Whether the trial was stopped, and has neither gone on nor ended since."""
        return any(number in rung.held for rung in self.rungs)

    def release(self, number: int) -> None:
        """A trial goes on, or has ended: it is held nowhere."""
        for rung in self.rungs:
            rung.held.discard(number)

    def judges(self, number: int, arrival: Arrival) -> bool:
        """Whether a trial is too weak for what it has come to."""
        rung = self.rungs[arrival.rungs[-1]]
        low = _quantile(rung.values, 1.0 - self._keep) if rung.values else 0.0  # of those who came before
        self._enter(number, arrival)
        self.release(number)
        weak = number not in self._best(rung) if self.promotes else arrival.value < low
        if weak:
            rung.held.add(number)
        return weak

    def _enter(self, number: int, arrival: Arrival) -> None:
        for place in arrival.rungs:
            if self.promotes:
                insort(self.rungs[place].ranking, (-arrival.value, number))
            else:
                insort(self.rungs[place].values, arrival.value)

    def _best(self, rung: Rung, at_least: int = 0) -> list[int]:
        most = max(at_least, int(len(rung.ranking) * self._keep + 1e-9))
        return [number for _, number in rung.ranking[:most]]

    def promoted(self, ready: Container[int], at_least: int = 0) -> int | None:
        """The trial that goes on now, from the highest rung that has one; None while there is none.

        ready: the held trials whose worker has let go of them; at_least: so many of every rung go on, however few came
        there.
        """
        for rung in reversed(self.rungs):
            for number in self._best(rung, at_least) if rung.held else ():
                if number in rung.held and number in ready:
                    rung.held.remove(number)
                    return number
        return None


def judged_costs(sweep: SweepFile, steps_per_epoch: int) -> list[float]:
    """Gradient evaluations at which a trial may be held, to go on from there later."""
    return rung_costs(sweep, steps_per_epoch) if sweep.scheduler.promotion else []


def rung_costs(sweep: SweepFile, steps_per_epoch: int) -> list[float]:
    """Gradient evaluations of all rungs, where a trial is judged; none without early stopping."""
    if sweep.scheduler.name == "none":
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
