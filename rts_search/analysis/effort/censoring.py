"""What a trial that was stopped early might have reached: it is neither a loss nor known.

A stopped trial is taken to gain, from where it was stopped to the end of training, as much as one of the completed
trials of its arm gained from the same epoch on, each of them equally likely. It never ends above the best of them: it
was stopped since it was behind. The gains are drawn from a resample of the completed trials, so that few of them give a
wide band (the approximate Bayesian bootstrap of Rubin and Schenker, 1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rts_search.analysis.effort.expected_best import Values


@dataclass(frozen=True)
class TunedTrial:
    """A trial of an arm that has ended, or that was stopped for now."""

    course: tuple[float, ...]
    """Its value after every epoch, as the objective's rule counts it; larger is better. Empty only when it diverged."""
    ended: Literal["completed", "stopped", "diverged"]
    cost: int
    """Gradient evaluations that are charged to it."""


def drawn_values(trials: Sequence[TunedTrial], worst: float, draws: int) -> Values:
    """The final values of all trials, where those of stopped trials are drawn. At least one trial is completed.

    Args:
        trials: those of one arm.
        worst: the value of a trial that diverged.
        draws: how often the unknown values are drawn.

    Returns:
        (draws, trials); one row where nothing is unknown.
    """
    stopped = [place for place, trial in enumerate(trials) if trial.ended == "stopped"]
    known = np.array([worst if trial.ended == "diverged" else trial.course[-1] for trial in trials])
    if not stopped:
        return known[None]
    completed = [trial.course for trial in trials if trial.ended == "completed"]
    best = max(course[-1] for course in completed)
    generator = np.random.default_rng(0)
    among = generator.integers(len(completed), size=(draws, len(completed)))
    values = np.repeat(known[None], draws, axis=0)
    for place in stopped:
        epochs = len(trials[place].course)
        gains = np.array([course[-1] - course[min(epochs, len(course)) - 1] for course in completed])
        chosen = among[np.arange(draws), generator.integers(len(completed), size=draws)]
        values[:, place] = np.minimum(known[place] + gains[chosen], best)
    return values
