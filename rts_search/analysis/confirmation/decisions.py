"""Which differences between contenders and baselines one look establishes, from test accuracies alone.

For one look at level alpha, the chance of calling any comparison better where it is not is at most alpha, and so is the
chance of calling any worse where it is not. Three rules give this guarantee. The contender that may claim first is
chosen by its validation accuracy on seeds of its own (screening) and measured on other seeds. Its comparisons with the
baselines are corrected by Holm. A further contender may claim only after every contender before it has beaten every
baseline (serial gatekeeping). Where methods are tuned, the luck of their tuning is part of every standard error
(`tuning_luck`). `rts_search/study/looks.py` shares the 5 % of a whole confirmation among several looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rts_search.analysis.confirmation.statistics import (
    Accuracies,
    holm,
    p_better,
    p_without_any_seed,
    paired_differences,
)

WITHOUT_A_SEED = 0.05
"""A claim must still have at most this p when any one seed is left out."""
BETTER, WORSE, OPEN, DIVERGED, INCOMPLETE = "better", "worse", "not established", "diverged", "incomplete"
"""Outcomes of a comparison. diverged: the contender diverged on some seed. incomplete: a run was lost for good."""


@dataclass(frozen=True)
class Sample:
    """The measurements of one comparison: test accuracies (seeds,) on the same seeds, NaN where a run diverged."""

    contender: Accuracies
    baseline: Accuracies
    complete: bool = True
    """Whether every run has a result: tested, or diverged. Otherwise nothing is claimed."""
    claimed: str = ""
    """`better` or `worse` when an earlier look has established that: it still holds and is not tested again. Else
    empty."""
    luck: float = 0.0
    """Standard deviation of the difference over repeated tunings; 0 where nothing was tuned."""

    @property
    def testable(self) -> bool:
        """Whether this look may claim something of the comparison."""
        return self.complete and not self.claimed and not bool(np.isnan(self.contender).any())


@dataclass(frozen=True)
class Judged:
    """The decision on one comparison at one look."""

    outcome: str
    p_better: float
    """One-sided p of "not better", corrected for all comparisons of this look; 1 where nothing may be claimed."""
    p_worse: float
    """One-sided p of "not worse", corrected in the same way."""
    level: float
    """Two-sided level of the interval, in (0, 1): it excludes 0 exactly where the t test claims."""
    one_seed: bool
    """Whether the difference would no longer be established without one of the seeds, and so is not claimed."""
    waits: bool
    """Whether nothing may be claimed yet, since an earlier contender has neither beaten every baseline nor lost to
    all."""


def judge(contenders: Sequence[Mapping[str, Sample]], alpha: float, image: float) -> list[dict[str, Judged]]:
    """Judge every contender against every baseline.

    Args:
        contenders: the comparisons of each contender by baseline; the chosen contender comes first.
        alpha: level of this look, in [0, 1); at 0 nothing is claimed.
        image: accuracy of one image of the test part, 1 / number of images; 0 where accuracies are not rounded.
    """
    judged, gates = [], {BETTER: 0.0, WORSE: 0.0}
    for comparisons in contenders:
        evidence = {name: _Evidence.of(sample, image) for name, sample in comparisons.items()}
        better = _Direction.of(comparisons, evidence, BETTER, alpha, gates[BETTER])
        worse = _Direction.of(comparisons, evidence, WORSE, alpha, gates[WORSE])
        judged.append(
            {
                name: Judged(
                    _outcome(sample, better.p[name], worse.p[name], alpha),
                    better.p[name],
                    worse.p[name],
                    1 - 2 * _share(name, better, worse, alpha),
                    evidence[name].one_seed,
                    min(gates.values()) > alpha,
                )
                for name, sample in comparisons.items()
            }
        )
        gates = {BETTER: better.gate, WORSE: worse.gate}
    return judged


@dataclass(frozen=True)
class _Evidence:
    """The evidence of one comparison, before any correction."""

    p: dict[str, float]
    """One-sided p by direction (better, worse); 1 where nothing may be claimed."""
    one_seed: bool = False

    @classmethod
    def of(cls, sample: Sample, image: float) -> "_Evidence":
        if not sample.testable:
            return cls({BETTER: 1.0, WORSE: 1.0})
        differences = paired_differences(sample.contender, sample.baseline)
        found, one_seed = {}, False
        for claim, signed in ((BETTER, differences), (WORSE, -differences)):
            p = p_better(signed, image, sample.luck)
            hangs = p <= WITHOUT_A_SEED < p_without_any_seed(signed, image, sample.luck)
            found[claim], one_seed = 1.0 if hangs else p, one_seed or hangs
        return cls(found, one_seed)


@dataclass(frozen=True)
class _Direction:
    """All comparisons of one contender in one direction, corrected together."""

    p: dict[str, float]
    """Corrected p by baseline."""
    share: dict[str, float]
    """Level at which Holm's procedure tests each comparison, or stops, in (0, 0.5), by baseline."""
    gate: float
    """Largest p of this contender and those before it; no p of a later contender is below it. Comparisons that an
    earlier look has claimed count as 0."""

    @classmethod
    def of(
        cls, comparisons: Mapping[str, Sample], evidence: Mapping[str, _Evidence], claim: str, alpha: float, gate: float
    ) -> "_Direction":
        # A comparison that an earlier look claimed in this direction leaves the family: if false, that error is made
        # already. All others stay, if need be with p = 1, so that the family does not depend on the measurements.
        family = [name for name, sample in comparisons.items() if sample.claimed != claim]
        raw = [evidence[name].p[claim] for name in family]
        adjusted = dict(zip(family, (max(gate, p) for p in holm(raw)), strict=True))
        claims = sum(p <= alpha for p in adjusted.values())
        shares = {}
        for place, name in enumerate(sorted(family, key=lambda name: raw[family.index(name)])):
            shares[name] = min(0.49, max(alpha, 1e-6) / (len(family) - min(place, claims)))
        p = {name: adjusted.get(name, 1.0) for name in comparisons}
        share = {name: shares.get(name, min(0.49, max(alpha, 1e-6))) for name in comparisons}
        return cls(p, share, max([gate, *adjusted.values()]) if comparisons else 1.0)


def _share(name: str, better: _Direction, worse: _Direction, alpha: float) -> float:
    """The level of one side of the interval. Where nothing is claimed, the interval must contain 0."""
    if better.p[name] <= alpha:
        return better.share[name]
    return worse.share[name] if worse.p[name] <= alpha else min(better.share[name], worse.share[name])


def _outcome(sample: Sample, better: float, worse: float, alpha: float) -> str:
    if sample.claimed:
        return sample.claimed
    if not sample.complete:
        return INCOMPLETE
    if np.isnan(sample.contender).any():
        return DIVERGED
    if better <= alpha:
        return BETTER
    return WORSE if worse <= alpha else OPEN
