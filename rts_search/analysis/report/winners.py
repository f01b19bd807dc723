"""Whether the confirmed winner of one sweep has a higher test accuracy than that of another."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rts_search.analysis.confirmation.statistics import interval
from rts_search.analysis.report.side import Side
from rts_search.basics.sizes import counted, joined

NEAR = 0.05
"""Costs of two configs that differ by at most this share are called nearly equal."""
LEVEL = 0.95
"""Level of the interval of the difference between two winners."""


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences on the test part, with its interval at LEVEL by Student's t."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Winners:
    """The best configs of two sweeps, compared on the seeds that both confirmations measured."""

    first: Side
    second: Side

    @property
    def obstacles(self) -> list[str]:
        """Reasons why accuracies of the two sweeps cannot be compared; empty when they can."""
        one, other = self.first.study, self.second.study
        found = []
        if one.data.fingerprint != other.data.fingerprint:
            found.append("their data differ")
        if one.sweep.objective.metric != other.sweep.objective.metric:
            names = f"{one.sweep.objective.metric}, the other {other.sweep.objective.metric}"
            found.append(f"one was tuned for {names}")
        if one.sweep.objective.rule != other.sweep.objective.rule:
            found.append(f"one counts the {one.sweep.objective.rule} epoch, the other the {other.sweep.objective.rule}")
        return found

    @cached_property
    def seeds(self) -> list[int]:
        """Seeds on which both winners have a test accuracy or diverged."""
        return sorted(self.first.test_acc.keys() & self.second.test_acc.keys())

    @cached_property
    def difference(self) -> Difference | None:
        """By how much the first winner is better than the second on common seeds of the test part, by their metric.

        None with fewer than two such seeds, or when a winner diverged on one: without that seed it would look better.
        """
        if self.obstacles or len(self.seeds) < 2 or self._diverged:
            return None
        one, other = (np.array([side.test_acc[seed] for seed in self.seeds]) for side in (self.first, self.second))
        metric, images = self.first.view.metric, self.first.study.data.test_images
        differences, image = metric.gain(1.0) * (one - other), 1.0 / images if metric.is_share else 0.0
        return Difference(float(differences.mean()), *interval(differences, LEVEL, image))

    def sentence(self) -> str:
        """One sentence that says what is established, and otherwise what to do."""
        names = f"{self.first.name} and {self.second.name}"
        if self.obstacles:
            return f"The accuracies of {names} cannot be compared: {'; '.join(self.obstacles)}."
        if self._diverged:
            diverged = " and that of ".join(self._diverged)
            return f"The winner of {diverged} diverged on a common seed: nothing is claimed."
        if self.difference is None:
            return f"Which of {names} found the better config is not established{self._way}."
        amount, unit = self.first.view.metric.amount, self.first.view.metric.unit
        low, high = self.difference.low, self.difference.high
        basis = f"{len(self.seeds)} common seeds{self._costs}; this comparison alone, not corrected for others"
        if low <= 0.0 <= high:
            return (
                f"Between the winners of {names} no difference is established (95 % interval {amount(low, True)} "
                f"to {amount(high, True)} {unit}, {basis})."
            )
        better, worse = (self.first, self.second) if low > 0.0 else (self.second, self.first)
        near, far = sorted((abs(low), abs(high)))
        return (
            f"The winner of {better.name} beats that of {worse.name} by {amount(abs(self.difference.mean))} {unit} "
            f"(95 % interval {amount(near)} to {amount(far)}, {basis})."
        )

    @property
    def _diverged(self) -> list[str]:
        """Names of the sweeps whose winner diverged on a common seed."""
        sides = (self.first, self.second)
        return [side.name for side in sides if any(np.isnan(side.test_acc[seed]) for seed in self.seeds)]

    @property
    def _way(self) -> str:
        unconfirmed = [side for side in (self.first, self.second) if side.current.verdict is None]
        if unconfirmed:
            return f"; confirm first: {joined([side.way_to_verdict for side in unconfirmed])}"
        return f": their confirmations have {counted(len(self.seeds), 'seed')} in common, and 2 are needed"

    @property
    def _costs(self) -> str:
        one, other = self.first.cost or 0, self.second.cost or 0
        if one == other:
            return ", equal cost"
        if abs(one - other) <= NEAR * max(one, other):
            return ", nearly equal cost"
        return f", at {one:,} and {other:,} gradient evaluations a run, which is not equal"
