"""The runs of a confirmation by number and cost, and what a trial of a search space may cost.

Costs are in epochs of SGD. They are fractions where only some steps of an epoch are perturbed.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from search_spaces.domains import Domain, Fixed
from search_spaces.space import Space
from trainables.core.settings.perturbation_config import FIRST_ORDER


@dataclass(frozen=True)
class RunGroup:
    """A number of runs that cost the same."""

    number: int
    epochs: tuple[tuple[Fraction | int, Fraction | int], ...]
    """The parts of one run, each as (number of epochs, gradient evaluations per step)."""

    @property
    def passes(self) -> Fraction | int:
        """Cost of one run in epochs of SGD: an epoch of PUGD counts 2."""
        return sum(number * gradients for number, gradients in self.epochs)


@dataclass(frozen=True)
class Extent:
    """All runs of a confirmation. Each is trained to its last epoch."""

    screening: tuple[RunGroup, ...]
    """Runs that choose among the contenders; empty for a single contender."""
    measured: tuple[RunGroup, ...]
    """Runs on the seeds on which contenders and baselines are compared; their test accuracy is measured."""

    def __iter__(self) -> Iterator[RunGroup]:
        yield from self.screening
        yield from self.measured

    @property
    def runs(self) -> int:
        """Number of runs."""
        return sum(some.number for some in self)

    def gradient_evaluations(self, steps_per_epoch: int, whole: Callable[[Fraction | int], int] = math.ceil) -> int:
        """Gradient evaluations of all runs, without epochs that runs share.

        whole: makes a run's cost a whole number: math.floor for a lower bound, math.ceil for an upper bound.
        """
        return sum(some.number * whole(steps_per_epoch * some.passes) for some in self)


def contender_epochs(epochs: int, passes: Fraction | int) -> tuple[tuple[Fraction | int, int], ...]:
    """The parts of a trial with this cost in epochs of SGD: SGD steps, and PUGD steps."""
    pugd = passes - epochs
    return tuple((number, gradients) for number, gradients in ((epochs - pugd, 1), (pugd, 2)) if number)


def trial_costs(space: Space, epochs: int) -> tuple[Fraction | int, Fraction | int, int]:
    """The lowest and the highest cost of a trial, in epochs of SGD, and the number of different costs.

    An epoch with radius 0, or of a method without a perturbation, costs as much as one of SGD, and an adaptive rule
    may start PUGD in any epoch or never.
    """
    if not _betweens(space):
        return epochs, epochs, 1
    timing, radius = space.timing, space.radius
    rules = timing.rule.values() or ()
    switch = timing.switch_epoch if "epoch" in rules else None
    first = switch.lowest if switch is not None and set(rules) == {"epoch"} else 0
    stop, betweens = timing.stop_epoch or Fixed(epochs), _betweens(space)
    highest = epochs + Fraction(stop.highest - first, min(every.lowest for every in betweens))
    may_vanish = any(part is not None and part.lowest <= 0 for part in (radius.value, radius.beta_min))
    may_vanish |= any(kind in FIRST_ORDER for kind in _kinds(space))
    sizes = (stop.size or 1) * sum(every.size or 1 for every in betweens)
    if switch is None or set(rules) != {"epoch"} or may_vanish:
        return epochs, _plain(highest), (math.ceil(highest) - epochs + 1) * sizes
    lowest = epochs + Fraction(stop.lowest - switch.highest, max(every.highest for every in betweens))
    return _plain(lowest), _plain(highest), (switch.size or 1) * sizes


def _betweens(space: Space) -> list[Domain]:
    """For the methods of the space that perturb, the domain of the number of steps of which one is perturbed."""
    every, other = space.timing.every or Fixed(1), space.perturbation
    own = [] if other is None or other.k is None else [other.k]
    return own + ([every] if set(_kinds(space)) - {"looksam", *FIRST_ORDER} else [])


def _kinds(space: Space) -> tuple[str, ...]:
    return ("pugd",) if space.perturbation is None else space.perturbation.kinds


def _plain(number: Fraction) -> Fraction | int:
    return int(number) if number.denominator == 1 else number
