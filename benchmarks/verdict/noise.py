"""What a seed does to the accuracy of one method alone, beside what it does to every method.

Every shape has mean 0. Lengths are in standard deviations of the difference of two normal methods on one seed.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from scipy import special

from rts_search.analysis.confirmation.statistics import Accuracies

Shape = tuple[int, ...]
Noise = Callable[[Generator, Shape], Accuracies]

OWN = np.sqrt(0.5)
"""Standard deviation of a method's own noise: the difference of two methods has 1."""
DEPTH = 10.0
"""How far a collapsed run lies below the others."""


def normal(chance: Generator, shape: Shape) -> Accuracies:
    """The shape that the t test assumes."""
    return np.asarray(OWN * chance.standard_normal(shape))


def left_skewed(chance: Generator, shape: Shape) -> Accuracies:
    """A mirrored exponential distribution: skewness -2, the same variance."""
    return np.asarray(OWN * (1.0 - chance.standard_exponential(shape)))


def heavy_tailed(chance: Generator, shape: Shape) -> Accuracies:
    """Student's t of 3 degrees of freedom, the same variance."""
    return np.asarray(OWN * chance.standard_t(3, shape) / np.sqrt(3.0))


def collapsing(chance: Generator, shape: Shape) -> Accuracies:
    """One run in ten lies far below; the others lie so much higher that the mean is 0."""
    return normal(chance, shape) + DEPTH * (0.1 - (chance.random(shape) < 0.1))


def diverging(share: float) -> Noise:
    """Normal noise of which the lowest share diverges: NaN, an outcome of its own."""

    def draw(chance: Generator, shape: Shape) -> Accuracies:
        found = normal(chance, shape)
        found[found < OWN * special.ndtri(share)] = np.nan
        return found

    return draw
