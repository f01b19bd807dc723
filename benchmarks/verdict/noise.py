"""Distributions of a method's own noise, which a seed adds to its accuracy in addition to the noise common to all.

Every distribution has mean 0. The unit is the standard deviation of the difference of two normal methods on one seed.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from scipy import special

from rts_search.analysis.confirmation.statistics import Accuracies

Shape = tuple[int, ...]
Noise = Callable[[Generator, Shape], Accuracies]

OWN = np.sqrt(0.5)
"""Standard deviation of a method's own noise, so that the difference of two methods has 1."""
DEPTH = 10.0
"""How far a collapsed run is below the others."""


def normal(chance: Generator, shape: Shape) -> Accuracies:
    """Draw from a normal distribution, as the t test assumes."""
    return np.asarray(OWN * chance.standard_normal(shape))


def left_skewed(chance: Generator, shape: Shape) -> Accuracies:
    """Draw from a mirrored exponential distribution: skewness -2, the same variance."""
    return np.asarray(OWN * (1.0 - chance.standard_exponential(shape)))


def heavy_tailed(chance: Generator, shape: Shape) -> Accuracies:
    """Draw from Student's t with 3 degrees of freedom, the same variance."""
    return np.asarray(OWN * chance.standard_t(3, shape) / np.sqrt(3.0))


def collapsing(chance: Generator, shape: Shape) -> Accuracies:
    """Draw normal noise in which one run in ten is far below the others, shifted to mean 0."""
    return normal(chance, shape) + DEPTH * (0.1 - (chance.random(shape) < 0.1))


def diverging(share: float) -> Noise:
    """Return a noise that is normal, but whose lowest values, a fraction `share`, diverge and are NaN."""

    def draw(chance: Generator, shape: Shape) -> Accuracies:
        found = normal(chance, shape)
        found[found < OWN * special.ndtri(share)] = np.nan
        return found

    return draw
