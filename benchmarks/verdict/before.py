"""The rule for comparison: how earlier versions of `confirm` judged, which did not correct for several looks."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from benchmarks.verdict.course import Claim, claim_of, contending
from benchmarks.verdict.sweeps import Sweep
from rts_search.analysis.confirmation.decisions import BETTER, WORSE
from rts_search.analysis.confirmation.statistics import Accuracies, holm

ALPHA = 0.05


def claims_before(
    sweep: Sweep, looks: Sequence[int], one_later: bool = False, least: Accuracies | None = None
) -> list[Claim]:
    """Return the claims that the earlier rule makes at any of its looks, each at the level of 5 %.

    It does paired t tests with Holm's correction and the gate, and also requires that the 95 % interval excludes 0. A
    diverged run counts as accuracy 0. The arguments are those of `course.claims`.
    """
    made: dict[tuple[int, int, str], Claim] = {}
    ours, theirs = np.nan_to_num(sweep.contenders), np.nan_to_num(sweep.baselines)
    for look, seeds in enumerate(looks):
        staying = contending(sweep, look, one_later)
        if least is not None and least[look][staying[0]] > ALPHA / len(theirs):
            continue
        for outcome, sign in ((BETTER, 1.0), (WORSE, -1.0)):
            gate = 0.0
            for contender in staying:
                p = _paired_t(sign * (ours[contender, :seeds] - theirs[:, :seeds]))
                adjusted = [max(gate, value) for value in holm(list(p))]
                gate = max(adjusted)
                for baseline, value in enumerate(adjusted):
                    if value <= ALPHA and p[baseline] < ALPHA / 2:
                        claim = claim_of(sweep, (contender, baseline), outcome, look, seeds)
                        made.setdefault((contender, baseline, outcome), claim)
    return list(made.values())


def _paired_t(differences: Accuracies) -> Accuracies:
    """Return the one-sided p of each row of differences (baselines, seeds); 1 for a row of equal differences."""
    seeds = differences.shape[1]
    equal = np.ptp(differences, axis=1) < 1e-12
    spread = np.where(equal, 1.0, differences.std(axis=1, ddof=1))
    p = special.stdtr(seeds - 1, -differences.mean(axis=1) / spread * np.sqrt(seeds))
    return np.where(equal, 1.0, p)
