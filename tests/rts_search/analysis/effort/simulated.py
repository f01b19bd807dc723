"""Simulated arms whose expected best value is known: an accuracy with one best point over the settings, and noise."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rts_search.analysis.effort.band import expected_best_band
from rts_search.analysis.effort.censoring import TunedTrial
from rts_search.analysis.effort.expected_best import Values
from rts_search.analysis.simulation.curves import Curves
from rts_search.analysis.simulation.draws import RandomDraws
from rts_search.analysis.simulation.replay import replay, roads
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig

EPOCHS = 16
BEST = np.array([0.3, -0.2, 0.1, 0.4])


def accuracies(count: int, settings: int, draw: np.random.Generator, diverging: float = 0.0) -> Values:
    """Final accuracies of trials at random points of a space; NaN where one diverges."""
    points = draw.uniform(-1, 1, (count, settings))
    found = 0.98 - 0.1 * ((points - BEST[:settings]) ** 2).sum(axis=1) + draw.normal(0, 0.003, count)
    return np.where(draw.uniform(size=count) < diverging, np.nan, found)


def courses(final: Values, draw: np.random.Generator) -> Values:
    """Accuracy after every epoch, (trials, EPOCHS): each trial comes near to its end at a pace of its own."""
    share = np.arange(EPOCHS) / (EPOCHS - 1)
    pace = draw.uniform(3, 6, (len(final), 1))
    start = draw.uniform(0.2, 0.4, (len(final), 1))
    noise = draw.normal(0, 0.004, (len(final), EPOCHS)) * (share < 1)
    missing = (np.exp(-pace * share) - np.exp(-pace)) / (1 - np.exp(-pace))
    return final[:, None] - start * missing + noise


def completed(final: Values) -> list[TunedTrial]:
    """Trials that were all trained to their end, or diverged."""
    return [
        TunedTrial((), "diverged", 1) if np.isnan(value) else TunedTrial((float(value),), "completed", 1)
        for value in final
    ]


def stopped_early(values: Values, seed: int) -> list[TunedTrial]:
    """The trials of a sweep that stops them early by its default rule, two at a time."""
    costs = np.repeat(10 * np.arange(1, EPOCHS + 1)[None], len(values), axis=0)
    runs = tuple(str(run) for run in range(len(values)))
    curves = Curves("", runs, runs, pd.DataFrame(index=range(len(values))), costs, 100 * values, 10 * EPOCHS)
    rule = SchedulerConfig()
    draws = RandomDraws(curves, seed)
    outcome = replay(roads(curves, rule), Halving(rule, curves.full_cost, EPOCHS), draws, workers=2)
    found = []
    for run, course in enumerate(values.tolist()):
        epochs = outcome.stopped.get(run, EPOCHS)
        found.append(TunedTrial(tuple(course[:epochs]), "completed" if epochs == EPOCHS else "stopped", 10 * epochs))
    return found


def covered(arms: Sequence[list[TunedTrial]], numbers: list[int], truth: Values, worst: float = 0.0) -> Values:
    """The share of arms whose band covers the truth, for each number of trials."""
    hits = []
    for arm in arms:
        band = expected_best_band(arm, np.array(numbers), worst)
        hits.append((band.low <= truth) & (truth <= band.high))
    return np.asarray(np.mean(hits, axis=0))


def true_best(final: Values, numbers: list[int]) -> Values:
    """The expected best of n values, where `final` are so many that they stand for the distribution."""
    ordered, shares = np.sort(final), np.arange(len(final) + 1) / len(final)
    return np.array([ordered @ np.diff(shares**n) for n in numbers])
