"""Many comparisons in one table, corrected together (Holm 1979).

Where nothing is better, at most a share alpha of all tables calls anything better; likewise for worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, INCOMPLETE, OPEN, WORSE, Sample, judge
from rts_search.analysis.confirmation.statistics import holm, interval, paired_differences


@dataclass(frozen=True)
class Judgement:
    """One comparison of a table."""

    difference: float | None
    """Mean difference, positive where the contender is better; None where a run diverged."""
    low: float | None
    """Ends of the interval, which excludes 0 exactly where the comparison is established by Student's t."""
    high: float | None
    p: float
    """One-sided p of "not better", corrected for the whole table."""
    outcome: str
    """better, worse, not established, diverged or incomplete."""


@dataclass(frozen=True)
class Together:
    """All comparisons of a table."""

    evidence: Sequence[tuple[float, float]]
    """One-sided p of "not better" and of "not worse" of each comparison alone."""
    alpha: float
    """Level of the table in one direction."""

    @cached_property
    def better(self) -> "_Corrected":
        """The comparisons in the one direction."""
        return _Corrected.of([one[0] for one in self.evidence], self.alpha)

    @cached_property
    def worse(self) -> "_Corrected":
        """The comparisons in the other direction."""
        return _Corrected.of([one[1] for one in self.evidence], self.alpha)

    def level(self, place: int) -> float:
        """Two-sided level of the interval of the comparison at this place, in (0, 1). Where nothing is claimed, the
        interval must contain 0."""
        if self.better.p[place] <= self.alpha:
            share = self.better.share[place]
        elif self.worse.p[place] <= self.alpha:
            share = self.worse.share[place]
        else:
            share = min(self.better.share[place], self.worse.share[place])
        return 1.0 - 2.0 * share

    def outcome(self, place: int) -> str:
        """better, worse or not established."""
        if self.better.p[place] <= self.alpha:
            return BETTER
        return WORSE if self.worse.p[place] <= self.alpha else OPEN

    def of_sample(self, place: int, sample: Sample, image: float) -> Judgement:
        """The comparison at this place, of these runs. `image`: as in `evidence_of`."""
        outcome = self.outcome(place)
        if not sample.complete:
            outcome = INCOMPLETE
        elif np.isnan(sample.contender).any():
            outcome = DIVERGED
        return Judgement(*_numbers(sample, image, self.level(place)), self.better.p[place], outcome)


def evidence_of(sample: Sample, alpha: float, image: float) -> tuple[float, float]:
    """One-sided p of "not better" and of "not worse" of one comparison alone, by the rules of a confirmation.

    Args:
        sample: the runs.
        alpha: level of the table in one direction.
        image: accuracy of one image of the test part, 1 / number of images; 0 for a loss.
    """
    one = judge([{"one": sample}], alpha, image)[0]["one"]
    return one.p_better, one.p_worse


@dataclass(frozen=True)
class _Corrected:
    """All comparisons in one direction."""

    p: list[float]
    """Corrected p (Holm)."""
    share: list[float]
    """Level at which Holm's procedure tests each comparison, or stops."""

    @classmethod
    def of(cls, raw: Sequence[float], alpha: float) -> "_Corrected":
        adjusted, shares = holm(raw), [0.0] * len(raw)
        claims = sum(p <= alpha for p in adjusted)
        for rank, place in enumerate(sorted(range(len(raw)), key=lambda place: raw[place])):
            shares[place] = min(0.49, max(alpha, 1e-6) / (len(raw) - min(rank, claims)))
        return cls(adjusted, shares)


def _numbers(sample: Sample, image: float, level: float) -> tuple[float | None, float | None, float | None]:
    differences = paired_differences(sample.contender, sample.baseline)
    if len(differences) < 2 or not np.isfinite(differences).all():
        return None, None, None
    low, high = interval(differences, level, image, sample.luck)
    return float(differences.mean()), low, high
