"""The runs of a confirmation by number and cost, and what a trial of a search space may cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from search_spaces.space import Space


@dataclass(frozen=True)
class RunGroup:
    """A number of runs that cost the same."""

    number: int
    epochs: tuple[tuple[int, int], ...]
    """The parts of one run, each as (number of epochs, gradient evaluations per step)."""

    @property
    def passes(self) -> int:
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

    def gradient_evaluations(self, steps_per_epoch: int) -> int:
        """Gradient evaluations of all runs, without epochs that runs share."""
        return steps_per_epoch * sum(some.number * some.passes for some in self)


def contender_epochs(epochs: int, passes: int) -> tuple[tuple[int, int], ...]:
    """The parts of a trial with this cost in epochs of SGD: first SGD, then PUGD."""
    pugd = passes - epochs
    return tuple((number, gradients) for number, gradients in ((epochs - pugd, 1), (pugd, 2)) if number)


def trial_costs(space: Space, epochs: int) -> tuple[int, int, int]:
    """The lowest and the highest cost of a trial, in epochs of SGD, and the number of different costs.

    An epoch with radius 0 costs as much as one of SGD, and an adaptive rule may start PUGD in any epoch or never.
    """
    timing, radius = space.timing, space.radius
    rules = timing.rule.values() or ()
    switch = timing.switch_epoch if "epoch" in rules else None
    first = switch.lowest if switch is not None and set(rules) == {"epoch"} else 0
    highest = 2 * epochs - first
    may_vanish = any(part is not None and part.lowest <= 0 for part in (radius.value, radius.beta_min))
    if switch is None or set(rules) != {"epoch"} or may_vanish:
        return epochs, highest, highest - epochs + 1
    return 2 * epochs - switch.highest, highest, switch.size or 1
