"""Decides which trials are stopped early, and which of them continue later: successive halving by cost."""

import math
from bisect import insort
from collections.abc import Container, Iterable
from typing import Self

from rts_search.study.rungs import Arrival, Course, Ladder, Rung
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ObjectiveConfig, SchedulerConfig
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.lineage import full_cost


class Halving:
    """Takes every epoch of every trial and decides which trials stop.

    Without promotion, as in Ray's ASHA: a trial is stopped for good when it is below the quantile
    1 - 1 / reduction_factor of the trials that reached the rung before it. With promotion, as in Li et al. (2020), "A
    System for Massively Parallel Hyperparameter Tuning", Algorithm 2: a trial is held at a rung unless it is among the
    best 1 / reduction_factor of the trials there. It continues once it is, after weaker trials have reached the rung.
    """

    def __init__(
        self,
        asked: SchedulerConfig,
        full_cost: int,
        epochs: int,
        shared_sgd: bool = True,
        objective: ObjectiveConfig | None = None,
    ) -> None:
        """Begin without any trial; for the first four arguments see `Ladder`. objective: by default val_acc."""
        self._ladder = Ladder(asked, full_cost, epochs, shared_sgd)
        self._keep = 1.0 / asked.reduction_factor
        self._objective = objective or ObjectiveConfig()
        self.promotes = asked.promotion
        """Whether a trial that was stopped may continue later."""
        self.epochs = epochs
        """Number of epochs of a whole trial."""
        self.rungs = [Rung() for _ in self._ladder.costs]
        self._courses: dict[int, Course] = {}
        self.completed = False
        """Whether a trial has trained to its end."""

    @classmethod
    def of_sweep(
        cls, sweep: SweepFile, full_cost: int, begun: Iterable[TrialEntry] = (), shared_sgd: bool = True
    ) -> Self | None:
        """The rule of a sweep, or of one of its arms, with the recorded epochs of its trials; None without early
        stopping."""
        if sweep.scheduler.name == "none":
            return None
        rule = cls(sweep.scheduler, full_cost, sweep.training.epochs, shared_sgd, sweep.objective)
        for entry in begun:
            rule._remember(entry)
        return rule

    def _remember(self, entry: TrialEntry) -> None:
        """Fill the rungs from the record of a trial. Nothing is decided again, so the order of the trials is free.

        A trial enters the ranking of every rung that it has reached. If it is recorded as held, it is held at the last
        of them; otherwise it has passed them all. Only the last epoch of an interrupted trial may be undecided: the
        trial is then judged when that epoch is replayed.
        """
        if entry.baseline:
            return
        self.completed = self.completed or entry.completed
        course, last = self._course(entry.number), None
        for epoch in entry.epochs if entry.decided else entry.epochs[:-1]:
            arrival = course.hear(epoch.gradient_evaluations, self._objective.gain(epoch))
            if arrival is not None:
                self._enter(entry.number, arrival)
                last = arrival
        if entry.held and last is not None:
            self.rungs[last.rungs[-1]].held.add(entry.number)

    def of(self, arm: str) -> Self:
        """The rule that stops the trials of an arm: this one, since the sweep has no tuned arms."""
        del arm
        return self

    def course(self) -> Course:
        """The progress of a new trial."""
        return Course(self._ladder)

    def _course(self, number: int) -> Course:
        return self._courses.setdefault(number, self.course())

    def stops(self, number: int, cost: int, gain: float) -> bool:
        """Take an epoch of trial `number`; return whether the trial stops, or is held, after it.

        cost: gradient evaluations of the trial up to the end of the epoch. gain: larger is better.
        """
        arrival = self._course(number).hear(cost, gain)
        return arrival is not None and self.judges(number, arrival)

    def completes(self, number: int, cost: int, gain: float) -> None:
        """Take the last epoch of a trial. The trial is not judged there, but its value counts for others."""
        arrival = self._course(number).hear(cost, gain)
        if arrival is not None:
            self._enter(number, arrival)
        self.completed = True
        self.release(number)

    def judged_at(self, number: int) -> int:
        """Gradient evaluations of trial `number` when it was last judged; 0 before."""
        return self._course(number).judged

    def stopped(self, number: int) -> bool:
        """Whether trial `number` was stopped and has neither continued nor ended."""
        return any(number in rung.held for rung in self.rungs)

    def release(self, number: int) -> None:
        """Hold trial `number` no longer: it continues or has ended."""
        for rung in self.rungs:
            rung.held.discard(number)

    def judges(self, number: int, arrival: Arrival) -> bool:
        """Whether a trial is too weak at the rung that it has reached."""
        rung = self.rungs[arrival.rungs[-1]]
        low = _quantile(rung.values, 1.0 - self._keep) if rung.values else -math.inf  # of those who came before
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
        """The trial that continues now, from the highest rung that has one; None while no rung has one.

        Args:
            ready: the held trials that no worker has any more.
            at_least: so many trials of every rung continue, however few have reached it.
        """
        for rung in reversed(self.rungs):
            for number in self._best(rung, at_least) if rung.held else ():
                if number in rung.held and number in ready:
                    rung.held.remove(number)
                    return number
        return None

    def best_held(self, ready: Container[int]) -> int | None:
        """The best held trial of the highest rung that has one, which then continues; `ready` as in `promoted`."""
        for rung in reversed(self.rungs):
            for _, number in rung.ranking if rung.held else ():
                if number in rung.held and number in ready:
                    rung.held.remove(number)
                    return number
        return None


def judged_costs(sweep: SweepFile, steps_per_epoch: int) -> list[float]:
    """Gradient evaluations at which a trial may be held and continue later; none without promotion."""
    return rung_costs(sweep, steps_per_epoch) if sweep.scheduler.promotion else []


def rung_costs(sweep: SweepFile, steps_per_epoch: int) -> list[float]:
    """Gradient evaluations of all rungs; none without early stopping."""
    if sweep.scheduler.name == "none":
        return []
    epochs = sweep.training.epochs
    return Ladder(sweep.scheduler, full_cost(epochs, steps_per_epoch), epochs).costs


def _quantile(ascending: list[float], share: float) -> float:
    """Quantile by linear interpolation, as in numpy."""
    place = share * (len(ascending) - 1)
    low = int(place)
    if low + 1 == len(ascending):
        return ascending[low]
    return ascending[low] + (place - low) * (ascending[low + 1] - ascending[low])
