"""Which of several sweeps has found a better config than one of them, by their confirmations on common seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rts_search.analysis.confirmation.decisions import OPEN, Sample
from rts_search.analysis.confirmation.together import Judgement, Together, evidence_of
from rts_search.analysis.report.side import Side
from rts_search.basics.sizes import counted, joined

NEAR = 0.05
"""Costs of two configs that differ by at most this share are called nearly equal."""
LEVEL = 0.95
"""Level of the table: at most a share 1 - LEVEL of all tables calls winners different that are not."""
ALPHA = (1 - LEVEL) / 2
"""Level in one direction."""


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences on the test part, with its interval by Student's t."""

    mean: float
    low: float
    high: float
    level: float
    """Two-sided level of the interval: LEVEL, or more where Holm corrects for further differences."""
    p: float
    """Two-sided p of "no difference", corrected for all differences of the table (Holm)."""
    established: bool
    """Whether the winners differ. A difference that depends on one seed is not established."""


@dataclass(frozen=True)
class Winners:
    """The best configs of two sweeps, compared on the seeds that both confirmations measured."""

    first: Side
    second: Side
    difference: Difference | None
    """By how much the first winner is better than the second on common seeds of the test part, by their metric.

    None with fewer than two such seeds, or when a winner diverged on one: without that seed it would look better.
    """
    together: int
    """Number of differences of the table, which are corrected together."""

    @property
    def seeds(self) -> list[int]:
        """Seeds on which both winners have a test accuracy or diverged."""
        return common_seeds(self.first, self.second)

    @property
    def confirmed(self) -> bool:
        """Whether both sweeps are confirmed."""
        return all(side.current.verdict is not None for side in (self.first, self.second))

    def sentence(self) -> str:
        """One sentence that says what is established, and otherwise what to do."""
        names = f"{self.first.name} and {self.second.name}"
        if diverged := _diverged(self.first, self.second):
            return f"The winner of {' and that of '.join(diverged)} diverged on a common seed: nothing is claimed."
        if self.difference is None:
            return f"Which of {names} found the better config is not established{self._way}."
        amount, unit = self.first.view.metric.amount, self.first.view.metric.unit
        low, high = self.difference.low, self.difference.high
        interval = f"{100 * self.difference.level:.4g} % interval"
        several = f"corrected for all {self.together} differences of this table (Holm)"
        alone = "this comparison alone, not corrected for others"
        basis = f"{len(self.seeds)} common seeds{self._costs}; {alone if self.together == 1 else several}"
        if not self.difference.established:
            one = "" if low <= 0.0 <= high else ", since it depends on one seed"
            return (
                f"Between the winners of {names} no difference is established{one} ({self.second.name} minus "
                f"{self.first.name}: {interval} {amount(-high, True)} to {amount(-low, True)} {unit}, {basis})."
            )
        ahead = self.difference.mean > 0.0
        better, worse = (self.first, self.second) if ahead else (self.second, self.first)
        near, far = sorted((abs(low), abs(high)))
        return (
            f"The winner of {better.name} beats that of {worse.name} by {amount(abs(self.difference.mean))} {unit} "
            f"({interval} {amount(near)} to {amount(far)}, {basis})."
        )

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


def compared(reference: Side, others: Sequence[Side]) -> list[Winners]:
    """The winner of one sweep against those of others of the same data and metric, corrected together."""
    images = reference.study.data.test_images
    image = 1.0 / images if reference.view.metric.is_share else 0.0
    pairs = [(other, _sample(reference, other)) for other in others]
    samples = [sample for _, sample in pairs if sample is not None]
    table = Together([evidence_of(sample, ALPHA, image) for sample in samples], ALPHA)
    found, place = [], 0
    for other, sample in pairs:
        difference = None
        if sample is not None:
            difference = _told(table, place, table.of_sample(place, sample, image))
            place += 1
        found.append(Winners(reference, other, difference, len(samples)))
    return found


def common_seeds(first: Side, second: Side) -> list[int]:
    """Seeds on which both winners have a test accuracy or diverged."""
    return sorted(first.test_acc.keys() & second.test_acc.keys())


def _sample(first: Side, second: Side) -> Sample | None:
    """The runs of both winners on common seeds; None with fewer than two."""
    seeds = common_seeds(first, second)
    if len(seeds) < 2:
        return None
    sign = first.view.metric.gain(1.0)
    one, other = (sign * np.array([side.test_acc[seed] for seed in seeds]) for side in (first, second))
    return Sample(one, other, complete=not _diverged(first, second))


def _diverged(*sides: Side) -> list[str]:
    """Names of the sweeps whose winner diverged on a common seed."""
    seeds = common_seeds(*sides)
    return [side.name for side in sides if any(np.isnan(side.test_acc[seed]) for seed in seeds)]


def _told(table: Together, place: int, one: Judgement) -> Difference | None:
    if one.difference is None or one.low is None or one.high is None:
        return None
    p = min(1.0, 2.0 * min(table.better.p[place], table.worse.p[place]))
    return Difference(one.difference, one.low, one.high, table.level(place), p, one.outcome != OPEN)
