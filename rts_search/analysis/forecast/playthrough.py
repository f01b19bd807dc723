"""Simulating the course of a sweep in advance, with made-up accuracies and the real rule for early stops."""

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rts_search.analysis.forecast.upcoming_trials import PlannedEpoch, PlannedTrial
from rts_search.study.arm_halving import ArmHalving
from rts_search.study.successive_halving import Halving
from rts_search.sweep.baselines import RTS

NOISE = 0.3
"""Standard deviation of the noise of each epoch, in units of the standard deviation between trials."""

MOST_HELD_BACK = 64
"""Upper limit of `look_ahead`, which keeps a play fast."""


@dataclass(frozen=True)
class Played:
    """The result of one play."""

    charged: int
    """Gradient evaluations of all trials, without shared epochs."""
    spent: int
    """Gradient evaluations that were computed."""
    seconds: float
    last_keys: frozenset[str]
    """Addresses of the last epochs of trials."""
    keys: frozenset[str]
    """Addresses of all epochs that were trained."""


@dataclass
class Play:
    """Plays a sweep: planned trials on `concurrent` workers, under a rule that stops weak ones.

    Accuracies do not depend on cost: each trial has one normally distributed value, plus a little noise in every epoch.
    Trials share one value as long as they train the same SGD epochs. Each epoch is trained once, by the first trial
    that needs it.
    """

    trials: Sequence[PlannedTrial]
    steps: int
    """Mini-batches of an epoch."""
    concurrent: int
    """Number of workers."""
    duration: Callable[[PlannedEpoch], float]
    """Seconds of an epoch that is trained."""
    turnover: float
    """Seconds between two trials on the same worker."""
    replay: float
    """Seconds of an epoch that is taken from the store."""
    halving: Halving | ArmHalving | None
    """The rule for early stops; None without early stops."""
    seed: int
    """Seed of the made-up accuracies."""
    stored: frozenset[str] = frozenset()
    """Addresses of the epochs that the store has already."""
    most_spent: float = math.inf
    """Limit of gradient evaluations."""
    most_seconds: float = math.inf
    """Limit of time."""
    look_ahead: int = MOST_HELD_BACK
    """Largest number of trials that wait for an epoch in training while later trials begin."""
    _done: set[str] = field(default_factory=set)
    """Addresses of the epochs whose training has ended."""
    _running: dict[int, set[str]] = field(default_factory=dict)
    """Addresses of all epochs of each running trial."""
    _trained: set[str] = field(default_factory=set)
    """Addresses of the epochs whose training has begun or ended."""
    _trained_evaluations: int = 0
    _events: list[tuple[float, int, int, PlannedTrial, int]] = field(default_factory=list)
    """Ends of epochs: time, a number that orders equal times, the trial's cost before the epoch, trial, index of the
    epoch."""
    _order: Iterator[int] = field(default_factory=itertools.count)
    _held: dict[int, tuple[int, PlannedTrial, int]] = field(default_factory=dict)
    """Stopped trials that may go on later: cost so far, trial, index of its last epoch."""

    def __post_init__(self) -> None:
        self._waiting = list(self.trials)
        self.look_ahead = min(self.look_ahead, MOST_HELD_BACK)

    def run(self) -> Played:
        """Play the sweep to its end or to the end of its budget."""
        charged, now, ends = 0, 0.0, set[str]()
        self._fill(0.0, 0.0)
        while self._events:
            now, _, cost, trial, index = heapq.heappop(self._events)
            self._done.add(trial.epochs[index].key)
            cost += trial.epochs[index].evaluations(self.steps)
            used_up = now >= self.most_seconds or self._spent() >= self.most_spent
            last = index + 1 == len(trial.epochs)
            if last and (rule := self._rule(trial)) is not None:
                rule.completes(trial.number, cost, self._value(trial, index))
            if not used_up and not last and not self._stops(trial, index, cost):
                self._train(trial, index + 1, cost, now)
            else:
                del self._running[trial.number]
                if not last and not used_up and self.halving is not None and self.halving.promotes:
                    self._held[trial.number] = (cost, trial, index)
                else:
                    charged += cost
                    ends.add(trial.epochs[index].key)
            if not used_up:
                self._fill(now, self.turnover)
        charged += sum(cost for cost, _, _ in self._held.values())
        ends |= {trial.epochs[index].key for _, trial, index in self._held.values()}
        return Played(charged, self._spent(), now, frozenset(ends), frozenset(self._trained))

    def _spent(self) -> int:
        return self._trained_evaluations

    def _fill(self, now: float, turnover: float) -> None:
        """Begin trials on free workers. As in the searcher, a trial waits while another trains an epoch that it needs
        next."""
        while len(self._running) < self.concurrent:
            if self._promotes(now, turnover):
                continue
            trial = next((some for some in self._waiting[: 1 + self.look_ahead] if not self._awaited(some)), None)
            if trial is None:
                if self._running or not self._promotes(now, turnover, at_least=1):
                    return
                continue
            self._waiting.remove(trial)
            self._running[trial.number] = {epoch.key for epoch in trial.epochs}
            self._train(trial, 0, 0, now + turnover)

    def _awaited(self, trial: PlannedTrial) -> bool:
        keys = (epoch.key for epoch in trial.epochs)
        missing = next((key for key in keys if key not in self._done and key not in self.stored), None)
        return any(missing in running for running in self._running.values())

    def _train(self, trial: PlannedTrial, index: int, cost: int, now: float) -> None:
        event = (now + self._takes(trial, index), next(self._order), cost, trial, index)
        heapq.heappush(self._events, event)

    def _takes(self, trial: PlannedTrial, index: int) -> float:
        epoch = trial.epochs[index]
        if epoch.key in self._trained or epoch.key in self.stored:
            return self.replay
        self._trained.add(epoch.key)
        self._trained_evaluations += epoch.evaluations(self.steps)
        return self.duration(epoch)

    def _promotes(self, now: float, turnover: float, at_least: int = 0) -> bool:
        """Let a stopped trial go on, if the rule promotes one. Returns whether it did."""
        number = self.halving.promoted(self._held, at_least) if self._held and self.halving is not None else None
        if number is None:
            return False
        cost, trial, index = self._held.pop(number)
        self._running[number] = {epoch.key for epoch in trial.epochs}
        self._train(trial, index + 1, cost, now + turnover)
        return True

    def _rule(self, trial: PlannedTrial) -> Halving | None:
        """The rule that may stop a trial; None for a baseline that is not tuned, and without early stops."""
        untuned = trial.baseline and not isinstance(self.halving, ArmHalving)
        return None if untuned or self.halving is None else self.halving.of(trial.baseline or RTS)

    def _stops(self, trial: PlannedTrial, index: int, cost: int) -> bool:
        rule = self._rule(trial)
        return rule is not None and rule.stops(trial.number, cost, self._value(trial, index))

    def _value(self, trial: PlannedTrial, index: int) -> float:
        epoch = trial.epochs[index]
        shared = epoch.phase == "sgd" and not trial.baseline
        lasting = "sgd" if shared else trial.epochs[-1].key
        return self._normal(lasting) + NOISE * self._normal(epoch.key)

    def _normal(self, name: str) -> float:
        return random.Random(f"{self.seed}/{name}").gauss(0.0, 1.0)
