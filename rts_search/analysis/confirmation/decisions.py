"""Who contends, who is chosen, and which differences are established at one look: from accuracies alone.

Promised for one look at level alpha: the chance that any comparison is called better where it is not is at most alpha,
and so is the chance of any false worse. This rests on three rules. The contender that may claim first is chosen by its
validation accuracy on seeds of its own (screening) and measured on other seeds. Its comparisons with the baselines are
corrected by Holm. A further contender claims only after every contender before it has beaten every baseline (serial
gatekeeping). `rts_search/confirm/looks.py` says how several looks share the 5 % of the whole confirmation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from rts_search.analysis.confirmation.statistics import (
    Accuracies,
    holm,
    p_better,
    p_without_any_seed,
    paired_differences,
)

WITHOUT_A_SEED = 0.05
"""A claim has to hold at this p too when any one seed is left out."""
REACH = 0.95
"""A contender is out of reach when a bound of this one-sided confidence on its gain over the chosen one is below 0."""

BETTER, WORSE, OPEN, DIVERGED, INCOMPLETE = "better", "worse", "not established", "diverged", "incomplete"
"""Outcomes of a comparison. diverged: the contender did, on some seed. incomplete: a run of it was lost for good."""


def order_of(val_acc: Accuracies) -> list[int]:
    """Indices of contenders by mean of `val_acc` (contenders, seeds), the best first, of equals the earlier."""
    means = val_acc.mean(axis=1)
    return sorted(range(len(means)), key=lambda index: -means[index])


def in_reach(val_acc: Accuracies, chosen: int) -> list[bool]:
    """Whether each contender may still be better than the chosen one.

    The spread is that of the residuals of contender plus seed, all contenders together, since a few differences alone
    say little about it. It decides only who gets more seeds, never who wins.

    Args:
        val_acc: validation accuracies (contenders, seeds).
        chosen: index of the chosen contender.
    """
    contenders, seeds = val_acc.shape
    means = val_acc.mean(axis=1)
    if contenders == 1:
        return [True]
    residuals = val_acc - means[:, None] - val_acc.mean(axis=0) + val_acc.mean()
    freedom = (contenders - 1) * (seeds - 1)
    error = np.sqrt((residuals**2).sum() / freedom * 2 / seeds)
    bounds = means - means[chosen] + float(special.stdtrit(freedom, REACH)) * error
    return [index == chosen or bool(bound >= 0.0) for index, bound in enumerate(bounds)]


@dataclass(frozen=True)
class Sample:
    """What was measured of one comparison: accuracies (seeds,) on the same seeds, NaN where a run diverged."""

    contender: Accuracies
    baseline: Accuracies
    complete: bool = True
    """Whether every run ended, by its last epoch or by diverging; else nothing is claimed."""
    claimed: str = ""
    """What an earlier look has established: it stands, and is not tested again."""

    @property
    def testable(self) -> bool:
        """Whether this look may claim something."""
        return self.complete and not self.claimed and not bool(np.isnan(self.contender).any())


@dataclass(frozen=True)
class Judged:
    """One comparison at one look."""

    outcome: str
    p_better: float
    """p of "no better", corrected for the comparisons of this look; 1 where nothing may be claimed."""
    p_worse: float
    """p of "no worse", corrected in the same way."""
    level: float
    """Two-sided level of the interval that excludes 0 exactly where the t test claims, in (0, 1)."""
    one_seed: bool
    """Whether the difference would not be told from none any more without one of the seeds."""
    waits: bool
    """Whether nothing may be claimed before an earlier contender has beaten every baseline, or is behind them all."""


def judge(contenders: Sequence[Mapping[str, Sample]], alpha: float, image: float) -> list[dict[str, Judged]]:
    """Every contender against every baseline, the chosen contender first.

    Args:
        contenders: of each, its comparisons by baseline.
        alpha: what this look may spend, in [0, 1); at 0 nothing is claimed.
        image: what one image of the test part counts, 1 / its number; 0 where accuracies are not rounded.
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
    """What the runs of one comparison say, before any correction."""

    p: dict[str, float]
    """Of each direction; 1 where it may not be claimed."""
    one_seed: bool = False

    @classmethod
    def of(cls, sample: Sample, image: float) -> "_Evidence":
        if not sample.testable:
            return cls({BETTER: 1.0, WORSE: 1.0})
        differences = paired_differences(sample.contender, sample.baseline)
        found, one_seed = {}, False
        for claim, signed in ((BETTER, differences), (WORSE, -differences)):
            p = p_better(signed, image)
            hangs = p <= WITHOUT_A_SEED < p_without_any_seed(signed, image)
            found[claim], one_seed = 1.0 if hangs else p, one_seed or hangs
        return cls(found, one_seed)


@dataclass(frozen=True)
class _Direction:
    """All comparisons of one contender in one direction."""

    p: dict[str, float]
    """Corrected."""
    share: dict[str, float]
    """The level at which Holm's procedure tests, or stops testing, each comparison; in (0, 0.5)."""
    gate: float
    """Largest p up to here: a later contender's is never below it. Comparisons claimed earlier count 0."""

    @classmethod
    def of(
        cls, comparisons: Mapping[str, Sample], evidence: Mapping[str, _Evidence], claim: str, alpha: float, gate: float
    ) -> "_Direction":
        # What an earlier look claimed in this direction leaves the family: when it was false, the error has been made.
        # Everything else stays in it with p = 1, so that what is tested does not depend on what was measured.
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
    """At which of the two shares the interval is drawn: where nothing is claimed it must not exclude 0 on any side."""
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
