"""The sentence of a verdict: which baselines the chosen contender beats, by how much and at what cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, INCOMPLETE, OPEN, WORSE

if TYPE_CHECKING:
    from rts_search.analysis.confirmation.verdict import Comparison, Verdict

NEAR = 0.005
"""Costs that differ by less than this share of the contender's cost are called nearly equal."""


def sentence(verdict: "Verdict") -> str:
    """One sentence on the chosen contender: every baseline, with outcome, interval, look, seeds and cost."""
    own = verdict.own
    parts = [f"{claimed(one)}{_since(verdict, one)}" for one in own if one.outcome in (BETTER, WORSE)]
    diverged = [one for one in own if one.outcome == DIVERGED]
    if diverged:
        parts.append(_diverged(diverged))
    for outcome, told in (
        (OPEN, "the difference is not established"),
        (INCOMPLETE, "the comparison is incomplete, since runs were lost"),
    ):
        names = [one.baseline for one in own if one.outcome == outcome]
        if names:
            parts.append(f"against {' and '.join(names)} {told}")
    return f"Trial {verdict.winner} ({own[0].settings}) {'; '.join(parts)}.{_far(own)}"


def claimed(one: "Comparison") -> str:
    """The claim of one comparison, with the numbers of the look that established it."""
    claim = one.claim
    assert claim is not None
    verb = "beats" if one.outcome == BETTER else "is behind"
    at = f"look {claim.look}, {claim.seeds} seeds, {claim.cost}"
    if claim.difference is None or claim.low is None or claim.high is None:
        lost = f"which diverged on {claim.baseline_diverged} of {claim.seeds} seeds"
        return f"{verb} {one.baseline}, {lost} (rank test, p {claim.p:.3f}, {at})"
    near, far = (claim.low, claim.high) if one.outcome == BETTER else (-claim.high, -claim.low)
    return (
        f"{verb} {one.baseline} by {100 * abs(claim.difference):.2f} points "
        f"({percent(claim.level)} interval {100 * near:.2f} to {100 * far:.2f}, {at})"
    )


def cost_words(one: "Comparison") -> str:
    """How the measured costs of the trial and the baseline compare: `equal cost`, `sgd got 33 % more`."""
    own, other = one.gradient_evaluations, one.baseline_gradient_evaluations
    if own is None or other is None:
        return "costs that cannot be compared"
    if one.same_cost:
        return "equal cost"
    more = other / own - 1
    if abs(more) < NEAR:
        return "nearly equal cost"
    return f"{one.baseline if more > 0 else 'the trial'} got {100 * (more if more > 0 else own / other - 1):.0f} % more"


def _diverged(own: Sequence["Comparison"]) -> str:
    first = own[0]
    rest = first.seeds - first.diverged
    told = f"diverged on {first.diverged} of {first.seeds} seeds"
    found = [f"{_points(one.difference)} {one.baseline}{_as_well(one)}" for one in own if one.difference is not None]
    return f"{told}; on the other {rest} it is {' and '.join(found)}, which establishes nothing" if found else told


def _points(difference: float) -> str:
    return f"{100 * abs(difference):.2f} points {'below' if difference < 0 else 'above'}"


def _as_well(one: "Comparison") -> str:
    return f" (which diverged on {one.baseline_diverged} itself)" if one.baseline_diverged else ""


def _since(verdict: "Verdict", one: "Comparison") -> str:
    """The numbers of the last look for a claim of an earlier look, since the mean may have changed."""
    if one.claim is None or one.claim.look == verdict.look:
        return ""
    lost = [f"the trial diverged on {one.diverged}"] if one.diverged else []
    lost += [f"{one.baseline} diverged on {one.baseline_diverged}"] if one.baseline_diverged else []
    mean = [] if one.difference is None or one.missing else [f"the mean is {_points(one.difference)} {one.baseline}"]
    told = " and ".join([*lost, *mean])
    return f" (at the last look, on {one.seeds} seeds, {told})" if told else ""


def _far(own: Sequence["Comparison"]) -> str:
    """A sentence that names runs far from the other runs of their method; empty without any."""
    found = [f"trial {own[0].trial} on seed {seed}" for seed in own[0].far]
    found += [f"{one.baseline} on seed {seed}" for one in own for seed in one.baseline_far]
    if not found:
        return ""
    return f" Far from the other runs of its method: {', '.join(found)}; check it before you trust a mean."


def percent(level: float) -> str:
    """A level in percent, to four digits: 96 %, 98.33 %."""
    return f"{100 * level:.4g} %"
