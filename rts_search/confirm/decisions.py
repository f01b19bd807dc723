"""Who contends, who is chosen, who is out of reach, and which differences are established: from accuracies alone.

The error that is controlled: among all comparisons of contenders with baselines, the chance that any win is claimed
where there is none is at most ALPHA. What it rests on: the one contender that may claim first is chosen on seeds of its
own (screening), by validation accuracy, and measured on others; its comparisons with the baselines are corrected by
Holm; a further contender claims something only after every one before it has beaten every baseline (serial
gatekeeping).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rts_search.confirm.statistics import Accuracies, PairedDifference, holm, paired_difference

ALPHA = 0.05
"""Chance of claiming any win where there is none."""
REACH = 0.95
"""A contender is out of reach when a bound of this one-sided confidence on its gain over the chosen one is below 0."""


def order_of(val_acc: Accuracies) -> list[int]:
    """Indices of contenders by mean of `val_acc` (contenders, seeds), the best first, of equals the earlier."""
    means = val_acc.mean(axis=1)
    return sorted(range(len(means)), key=lambda index: -means[index])


def in_reach(val_acc: Accuracies, chosen: int) -> list[bool]:
    """Whether each contender may still be better than the chosen one.

    The spread is that of the residuals of contender plus seed, all contenders together, since a few differences alone
    have next to none. It decides only who gets more seeds, never who wins.

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
    bounds = means - means[chosen] + float(stats.t.ppf(REACH, freedom)) * error
    return [index == chosen or bool(bound >= 0.0) for index, bound in enumerate(bounds)]


@dataclass(frozen=True)
class Judged:
    """One comparison with a baseline."""

    difference: PairedDifference
    holm_p: float
    """p of "no better", corrected for all comparisons that were made."""
    outcome: str
    """better, worse or not established."""


def judge(contenders: Sequence[tuple[Accuracies, Mapping[str, Accuracies]]]) -> list[dict[str, Judged]]:
    """Every contender against every baseline, the chosen contender first.

    Args:
        contenders: test accuracies (seeds,) of each, with those of each baseline that it faces, on the same seeds.
    """
    judged, gate_better, gate_worse = [], 0.0, 0.0
    for accuracies, baselines in contenders:
        differences = {name: paired_difference(accuracies, values) for name, values in baselines.items()}
        better = [max(gate_better, p) for p in holm([one.p_better for one in differences.values()])]
        worse = [max(gate_worse, p) for p in holm([one.p_worse for one in differences.values()])]
        judged.append(
            {
                name: Judged(one, p_better, _outcome(one, p_better, p_worse))
                for (name, one), p_better, p_worse in zip(differences.items(), better, worse, strict=True)
            }
        )
        gate_better, gate_worse = max(better, default=1.0), max(worse, default=1.0)
    return judged


def _outcome(difference: PairedDifference, p_better: float, p_worse: float) -> str:
    """What is established; the interval has to agree, so that no sentence contradicts the numbers beside it."""
    if p_better <= ALPHA and difference.interval[0] > 0.0:
        return "better"
    if p_worse <= ALPHA and difference.interval[1] < 0.0:
        return "worse"
    return "not established"
