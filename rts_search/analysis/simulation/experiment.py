"""Comparing settings on many simulated sweeps in random orders: cost, lost accuracy, and the recommended setting."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from rts_search.analysis.simulation.curves import Curves
from rts_search.analysis.simulation.draws import SAMPLERS
from rts_search.analysis.simulation.replay import replay, roads
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig

REGRET = 0.10
"""Largest loss of a recommended setting, in points of percent or in nats, at the median and at the 90th percentile."""
SPLITS = 30
"""Number of ways to halve the kinds of runs. A choice is made on one half and tested on the other, and vice versa."""
ORDERS_OF_A_HALF = 20
"""Largest number of sweeps of each setting on such a half."""
Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""`map`, or a function that does the same in several processes."""


@dataclass(frozen=True)
class Setting:
    """A sampler and a scheduler."""

    sampler: str
    scheduler: SchedulerConfig


@dataclass(frozen=True)
class Score:
    """Cost and loss of a setting over many orders."""

    cost: float
    """Mean gradient evaluations, as a share of training every run to its end."""
    regret: float
    """Points between the best run and the best completed run: the median over the orders."""
    regret_90: float
    """The 90th percentile."""
    keeps_best: float
    """Share of the orders in which the best run was completed."""

    @property
    def good(self) -> bool:
        """Whether it loses at most REGRET."""
        return self.regret <= REGRET and self.regret_90 <= REGRET


@dataclass(frozen=True)
class Bench:
    """Simulates sweeps on curves."""

    curves: Curves
    rule: str
    """The objective's rule: `last` or `best`."""
    workers: int
    """Number of trials at a time."""
    orders: int
    """Number of sweeps of each setting."""

    def score(self, setting: Setting) -> Score:
        """Simulate a setting in all orders."""
        return _score(self.played(setting))

    def played(self, setting: Setting) -> list[tuple[float, float]]:
        """Cost and regret of every order."""
        curves, final = self.curves, self.curves.final(self.rule)
        taken, whole = roads(curves, setting.scheduler), int(curves.costs[:, -1].sum())
        found = []
        for seed in range(self.orders):
            halving = Halving(setting.scheduler, curves.full_cost, curves.epochs)
            outcome = replay(taken, halving, SAMPLERS[setting.sampler](curves, seed), self.workers)
            found.append((outcome.spent / whole, float(final.max() - final[outcome.completed].max())))
        return found

    def few_to_the_end(self, sampler: str) -> list[Score]:
        """The rival without early stops: for each n, the first n runs of every order, each trained to its end."""
        final, costs = self.curves.final(self.rule), self.curves.costs[:, -1]
        to_the_end = SchedulerConfig(name="none")
        taken, halving = roads(self.curves, to_the_end), Halving(to_the_end, self.curves.full_cost, self.curves.epochs)
        played = []
        for seed in range(self.orders):
            order = replay(taken, halving, SAMPLERS[sampler](self.curves, seed), self.workers).completed
            spent = np.cumsum(costs[order]) / costs.sum()
            played.append(list(zip(spent, final.max() - np.maximum.accumulate(final[order]), strict=True)))
        return [_score([one[number] for one in played]) for number in range(len(final))]

    def halves(self) -> list[tuple["Bench", "Bench"]]:
        """Pairs of benches on two halves of the kinds of runs, in many ways."""
        kinds, found = sorted(set(self.curves.groups)), []
        for split in range(SPLITS):
            first = set(random.Random(split).sample(kinds, len(kinds) // 2))
            one, other = (self._on_kinds(first), self._on_kinds(set(kinds) - first))
            if min(len(one.curves.runs), len(other.curves.runs)) > 1:
                found += [(one, other), (other, one)]
        return found

    def _on_kinds(self, kinds: set[str]) -> "Bench":
        chosen = [run for run, kind in enumerate(self.curves.groups) if kind in kinds]
        return replace(self, curves=self.curves.of(chosen), orders=min(self.orders, ORDERS_OF_A_HALF))


@dataclass(frozen=True)
class HeldOut:
    """How a choice of a setting performs on runs that it was not made on."""

    score: Score
    """Over all orders of all halves."""
    choices: int
    """Number of halves on which a choice was made."""


def cheapest(scores: Mapping[Setting, Score]) -> Setting | None:
    """The cheapest setting among those that lose at most REGRET; None without one."""
    good = [setting for setting, score in scores.items() if score.good]
    return min(good, key=lambda setting: scores[setting].cost, default=None)


def on_halves(bench: Bench, settings: Sequence[Setting], run: Run) -> dict[Setting, Score]:
    """Score of each setting over all halves; empty when there are too few kinds."""
    halves = [half for half, _ in bench.halves()]
    return dict(zip(settings, run(partial(_on_all, halves), settings), strict=True)) if halves else {}


def held_out(bench: Bench, settings: Sequence[Setting], run: Run) -> HeldOut | None:
    """Choose the cheapest good setting on one half of the kinds and simulate it on the other.

    Where no setting is good, every run is trained to its end. None when there are too few kinds.
    """
    pairs = bench.halves()
    played = list(run(partial(_choose_and_play, settings), pairs))
    return HeldOut(_score([one for half in played for one in half]), len(pairs)) if pairs else None


def _choose_and_play(settings: Sequence[Setting], halves: tuple[Bench, Bench]) -> list[tuple[float, float]]:
    one, other = halves
    chosen = cheapest({setting: one.score(setting) for setting in settings})
    return [(1.0, 0.0)] * other.orders if chosen is None else other.played(chosen)


def _on_all(halves: Sequence[Bench], setting: Setting) -> Score:
    return _score([one for half in halves for one in half.played(setting)])


def _score(played: Sequence[tuple[float, float]]) -> Score:
    cost, regret = np.array(played).T
    middle, high = np.percentile(regret, (50, 90))
    return Score(float(cost.mean()), float(middle), float(high), float((regret == 0).mean()))
