"""The looks of one confirmation: what each of them claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.verdict.sweeps import Sweep
from rts_search.analysis.confirmation.decisions import BETTER, WORSE, Sample, judge
from rts_search.analysis.confirmation.statistics import Accuracies, far_from_fellows
from rts_search.study.looks import Spending

Pair = tuple[int, int]
"""Indices of a contender and of a baseline."""


@dataclass(frozen=True)
class Claim:
    """What a look has established of one comparison."""

    outcome: str
    look: int
    """From 0."""
    false: bool
    flagged: bool
    """Whether it is false and a run of its two methods lay far from its fellows."""


def alphas(looks: Sequence[int], planned: bool) -> list[float]:
    """What each look may spend."""
    if planned:
        return [Spending().planned(len(looks))] * len(looks)
    found: list[float] = []
    for _ in looks:
        found.append(Spending(sum(found)).unplanned())
    return found


def claims(
    sweep: Sweep,
    looks: Sequence[int],
    spending: Sequence[float],
    one_later: bool = False,
    least: Accuracies | None = None,
) -> list[Claim]:
    """What the project claims; a claim stands, and is not tested again.

    Args:
        sweep: the sweep that is confirmed.
        looks: seeds measured at each look.
        spending: alpha of each look.
        one_later: whether top_k is 1 from the second look on.
        least: least p of its contenders (looks, top_k); looks that cannot claim anything by these are passed over.
    """
    made: dict[Pair, Claim] = {}
    for look, (seeds, alpha) in enumerate(zip(looks, spending, strict=True)):
        staying = contending(sweep, look, one_later)
        if least is not None and not made and least[look][staying[0]] > alpha / len(sweep.baselines):
            continue
        for pair, outcome in _outcomes(sweep, staying, seeds, alpha, made).items():
            if outcome in (BETTER, WORSE) and pair not in made:
                made[pair] = claim_of(sweep, pair, outcome, look, seeds)
    return list(made.values())


def contending(sweep: Sweep, look: int, one_later: bool) -> tuple[int, ...]:
    """Who is judged at a look, the chosen contender first."""
    return (0,) if one_later and look else sweep.staying


def claim_of(sweep: Sweep, pair: Pair, outcome: str, look: int, seeds: int) -> Claim:
    """The claim, and whether it is so."""
    contender, baseline = pair
    gain = sweep.gains[contender, baseline]
    methods = (sweep.contenders[contender, :seeds], sweep.baselines[baseline, :seeds])
    false = bool(gain <= 0.0 if outcome == BETTER else gain >= 0.0)
    return Claim(outcome, look, false, false and any(far_from_fellows(values, sweep.image) for values in methods))


def _outcomes(
    sweep: Sweep, staying: Sequence[int], seeds: int, alpha: float, made: Mapping[Pair, Claim]
) -> dict[Pair, str]:
    contenders = []
    for contender in staying:
        comparisons = {}
        for baseline, values in enumerate(sweep.baselines):
            earlier = made.get((contender, baseline))
            claimed = earlier.outcome if earlier else ""
            comparisons[str(baseline)] = Sample(sweep.contenders[contender, :seeds], values[:seeds], claimed=claimed)
        contenders.append(comparisons)
    return {
        (contender, int(name)): one.outcome
        for contender, against in zip(staying, judge(contenders, alpha, sweep.image), strict=True)
        for name, one in against.items()
    }
