"""The effort curves of a sweep: for each of its arms, the best value after n tuning trials, and what they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rts_search.analysis.effort.band import Band, expected_best_band
from rts_search.analysis.effort.censoring import TunedTrial
from rts_search.study.confirmation_study import has_diverged
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig
from rts_search.sweep.sweep import SweepFile

LEAST_TRIALS = 3
"""Smallest number of trials of an arm with a curve."""
MOST_NUMBERS = 60
"""Largest number of points of a curve; beyond it they are spaced evenly on a logarithmic scale."""
TOLD = (5, 10, 20, 50, 100)
"""The numbers of trials that texts and tables tell."""


@dataclass(frozen=True)
class Bought:
    """What a number of tuning trials of an arm buys, in the unit of the objective's metric."""

    trials: int
    gradient_evaluations: float
    """Charged for them: on average, where the trials are alike."""
    best: float
    """The best value: to be expected, where the trials are alike; else the best so far."""
    low: float | None
    """Lower end of the 95 % band; None without a band."""
    high: float | None


@dataclass(frozen=True)
class EffortCurve:
    """What tuning buys for one arm."""

    arm: str
    alike: bool
    """Whether the order of the trials does not count: the sampler does not learn from results, and no given points were
    tried first. Then the curve is the expected best, with a band; else it is the best so far, without one."""
    points: tuple[Bought, ...]
    """By ascending number of trials."""
    stopped: int
    """Number of trials that were stopped early."""
    diverged: int

    def after(self, trials: int) -> Bought | None:
        """What this number of trials buys; None beyond the trials of the arm."""
        return next((point for point in self.points if point.trials == trials), None)


def effort_curves(sweep: SweepFile, entries: Sequence[TrialEntry]) -> list[EffortCurve]:
    """The curve of every arm that has a completed trial and LEAST_TRIALS in all, in the order of the arms.

    Trials that are being trained, and those that failed for a reason that says nothing about the method, such as a lost
    worker, are left out. A trial that diverged has the worst value that any trial of the sweep had after any epoch.
    """
    objective = sweep.objective
    gains = [gain for entry in entries for gain in map(objective.gain, entry.epochs) if math.isfinite(gain)]
    found = []
    for arm in arms_of(sweep):
        own = [entry for entry in entries if entry.arm == arm.name and not entry.baseline]
        trials = [trial for trial in (tuned_trial(entry, objective) for entry in own) if trial is not None]
        if len(trials) < LEAST_TRIALS or all(trial.ended != "completed" for trial in trials):
            continue
        alike = not sweep.search.learns and not (arm.name == RTS and sweep.search.points)
        points = _alike(trials, min(gains), objective) if alike else _in_order(trials, objective)
        counts = [trial.ended for trial in trials]
        found.append(EffortCurve(arm.name, alike, points, counts.count("stopped"), counts.count("diverged")))
    return found


def tuned_trial(entry: TrialEntry, objective: ObjectiveConfig) -> TunedTrial | None:
    """A trial as its curve counts it; None for one that does not count."""
    gains = [objective.gain(epoch) for epoch in entry.epochs]
    course = tuple(accumulate(gains, max) if objective.rule == "best" else gains)
    if has_diverged(entry) or (entry.completed and not math.isfinite(course[-1])):
        return TunedTrial(course, "diverged", entry.cost)
    if entry.completed:
        return TunedTrial(course, "completed", entry.cost)
    if course and math.isfinite(course[-1]) and (entry.held or entry.state == "PRUNED"):
        return TunedTrial(course, "stopped", entry.cost)
    return None


def numbers_of(count: int) -> NDArray[np.int_]:
    """The numbers of trials at which the curve of an arm with `count` trials is drawn, from 1 to all of them."""
    if count <= MOST_NUMBERS:
        return np.arange(1, count + 1)
    spaced = np.rint(np.geomspace(1, count, MOST_NUMBERS)).astype(int)
    return np.unique([*spaced, *(number for number in TOLD if number <= count)])


def _alike(trials: Sequence[TunedTrial], worst: float, objective: ObjectiveConfig) -> tuple[Bought, ...]:
    numbers = numbers_of(len(trials))
    band = _within(expected_best_band(trials, numbers, worst), objective)
    cost, gain = sum(trial.cost for trial in trials) / len(trials), objective.measure.gain
    found = []
    for place, number in enumerate(numbers.tolist()):
        best, *ends = (gain(float(part[place])) for part in (band.best, band.low, band.high))
        found.append(Bought(number, number * cost, best, min(ends), max(ends)))
    return tuple(found)


def _within(band: Band, objective: ObjectiveConfig) -> Band:
    """The band without values that the metric cannot have."""
    low, high = (0.0, 1.0) if objective.measure.is_share else (-math.inf, 0.0)
    return Band(band.best, np.maximum(band.low, low), np.minimum(band.high, high))


def _in_order(trials: Sequence[TunedTrial], objective: ObjectiveConfig) -> tuple[Bought, ...]:
    """The best so far, from the first trial that completed on: one that was stopped was not the best."""
    spent, best, found = 0, -math.inf, []
    for number, trial in enumerate(trials, start=1):
        spent += trial.cost
        best = max(best, trial.course[-1]) if trial.ended == "completed" else best
        if math.isfinite(best):
            found.append(Bought(number, float(spent), objective.measure.gain(best), None, None))
    return tuple(found)
