"""Play the looks of one confirmation, and collect the claims of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.verdict.sweeps import Sweep
from rts_search.analysis.confirmation.decisions import BETTER, WORSE, Sample, judge
from rts_search.analysis.confirmation.statistics import Accuracies, far_from_others
from rts_search.study.looks import Spending

Pair = tuple[int, int]
"""Index of a contender and index of a baseline."""


@dataclass(frozen=True)
class Claim:
    """A claim about one comparison."""

    outcome: str
    """BETTER or WORSE."""
    look: int
    """The look at which it was made; the first is 0."""
    false: bool
    """Whether it is not true."""
    flagged: bool
    """Whether it is false and a run of one of its two methods was far from the others of that method."""


def alphas(looks: Sequence[int], planned: bool) -> list[float]:
    """Return the error probability alpha that each look may spend."""
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
    """Return the claims that `confirm` makes. A comparison with a claim is not tested again.

    Args:
        sweep: the sweep that is confirmed.
        looks: number of seeds measured at each look.
        spending: alpha of each look.
        one_later: whether top_k is 1 from the second look on.
        least: smallest possible p of the contenders (looks, top_k). A look that cannot claim anything is skipped.
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
    """Return the contenders that are judged at a look, the chosen one first."""
    return (0,) if one_later and look else sweep.staying


def claim_of(sweep: Sweep, pair: Pair, outcome: str, look: int, seeds: int) -> Claim:
    """Make the claim, with whether it is false."""
    contender, baseline = pair
    gain = sweep.gains[contender, baseline]
    methods = (sweep.contenders[contender, :seeds], sweep.baselines[baseline, :seeds])
    false = bool(gain <= 0.0 if outcome == BETTER else gain >= 0.0)
    return Claim(outcome, look, false, false and any(far_from_others(values, sweep.image) for values in methods))


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
