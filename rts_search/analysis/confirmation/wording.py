"""The sentence of a verdict: which baselines the chosen contender beats, by how much and at what cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, INCOMPLETE, OPEN, WORSE
from rts_search.analysis.confirmation.wording_of_arms import about_tuning, efforts_in_brackets
from rts_search.basics.sizes import joined
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS, Metric

if TYPE_CHECKING:
    from rts_search.analysis.confirmation.tuning import Tuning
    from rts_search.analysis.confirmation.verdict import Comparison, Verdict

NEAR = 0.005
"""Costs that differ by less than this share of the contender's cost are called nearly equal."""


def sentence(verdict: "Verdict") -> str:
    """One sentence on the chosen contender: every baseline, with outcome, interval, look, seeds and cost."""
    own = verdict.own
    parts = [f"{claimed(one)}{_since(verdict, one)}" for one in own if one.outcome in (BETTER, WORSE)]
    diverged = [one for one in own if one.outcome == DIVERGED]
    if diverged:
        parts.append(_diverged(diverged, verdict.tuning))
    lost = [_named(one, verdict) for one in own if one.outcome == INCOMPLETE]
    if lost:
        parts.append(f"against {joined(lost)} the comparison is incomplete, since runs were lost")
    untuned = f" The baselines are {verdict.untuned}." if verdict.untuned else ""
    about = f"{subject(own[0])} {'; '.join(parts)}." if parts else f"{subject(own[0])}:"
    return f"{about}{_open(verdict)}{untuned}{_far(own)}{about_tuning(verdict)}"


def _open(verdict: "Verdict") -> str:
    """The sentence about the baselines of which it is not known whether they are better or worse; empty without any."""
    own = [one for one in verdict.own if one.outcome == OPEN]
    if not own:
        return ""
    told = f" No difference to {joined([_short(one) for one in own], 'or')} is established."
    if single := [_short(one) for one in own if one.one_seed]:
        told += f" A difference to {joined(single)} was measured, but it depends on one seed and is not claimed."
    return told + ("" if verdict.tuning is None else "".join(_measured(one, verdict.tuning) for one in own))


def _short(one: "Comparison") -> str:
    """The baseline of a comparison in one word, in capitals where it is an arm that was tuned."""
    return one.baseline if one.at is None else one.baseline.upper()


def _measured(one: "Comparison", tuning: "Tuning") -> str:
    """A sentence with the numbers of a comparison that establishes nothing, between tuned arms."""
    metric, numbers = METRICS[one.metric], ""
    if one.difference is not None:
        numbers = f"{metric.amount(one.difference, sign=True)} {_unit(metric)}"
    if one.low is not None and one.high is not None:
        ends = f"{metric.amount(one.low, sign=True)} to {metric.amount(one.high, sign=True)}"
        numbers += f", {percent(one.level)} interval {ends}"
    return f" Against {rival(one)}: {numbers or 'no run to compare'}{efforts_in_brackets(one, tuning)}."


def _named(one: "Comparison", verdict: "Verdict") -> str:
    return f"{rival(one)}{efforts_in_brackets(one, verdict.tuning)}"


def subject(one: "Comparison") -> str:
    """The contender of a comparison: `Trial 3 (radius 1, switch 0, scale 1)`, or `RTS (trial 3: lr 0.1)` of an arm."""
    return f"Trial {one.trial} ({one.settings})" if one.at is None else f"RTS (trial {one.trial}: {one.settings})"


def rival(one: "Comparison") -> str:
    """The name of the baseline of a comparison: `sgd`, or `SGD (trial 7: lr 0.03)` for an arm that was tuned."""
    if one.at is None:
        return one.baseline
    return f"{one.baseline.upper()} (trial {one.baseline_trial}: {one.baseline_settings})"


def claimed(one: "Comparison") -> str:
    """The claim of one comparison, with the numbers of the look that established it."""
    claim = one.claim
    assert claim is not None
    verb = "beats" if one.outcome == BETTER else "is behind"
    at = f"look {claim.look}, {claim.seeds} seeds, {claim.cost}"
    relation = f" {claim.relation}" if claim.relation else ""
    if claim.difference is None or claim.low is None or claim.high is None:
        lost = f"which diverged on {claim.baseline_diverged} of {claim.seeds} seeds"
        return f"{verb} {rival(one)}{relation}, {lost} (rank test, p {claim.p:.3f}, {at})"
    near, far = (claim.low, claim.high) if one.outcome == BETTER else (-claim.high, -claim.low)
    metric = METRICS[one.metric]
    return (
        f"{verb} {rival(one)} by {metric.amount(abs(claim.difference))} {_unit(metric)}{relation} "
        f"({percent(claim.level)} interval {metric.amount(near)} to {metric.amount(far)}, {at})"
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


def _diverged(own: Sequence["Comparison"], tuning: "Tuning | None") -> str:
    first = own[0]
    rest = first.seeds - first.diverged
    told = f"diverged on {first.diverged} of {first.seeds} seeds"
    found = [
        f"{_points(one)} {rival(one)}{efforts_in_brackets(one, tuning)}{_as_well(one)}"
        for one in own
        if one.difference is not None
    ]
    return f"{told}; on the other {rest} it is {joined(found)}, which establishes nothing" if found else told


def _points(one: "Comparison") -> str:
    metric, difference = METRICS[one.metric], one.difference or 0.0
    words = ("worse than", "better than") if metric.falls else ("below", "above")
    return f"{metric.amount(abs(difference))} {_unit(metric)} {words[difference >= 0]}"


def _unit(metric: Metric) -> str:
    """Points of accuracy are called points, those of another metric by its name."""
    return f"{metric.unit} of {metric.words}" if metric.is_share and metric != DEFAULT_METRIC else metric.unit


def _as_well(one: "Comparison") -> str:
    return f" (which diverged on {one.baseline_diverged} itself)" if one.baseline_diverged else ""


def _since(verdict: "Verdict", one: "Comparison") -> str:
    """The numbers of the last look for a claim of an earlier look, since the mean may have changed."""
    if one.claim is None or one.claim.look == verdict.look:
        return ""
    lost = [f"the trial diverged on {one.diverged}"] if one.diverged else []
    lost += [f"{one.baseline} diverged on {one.baseline_diverged}"] if one.baseline_diverged else []
    mean = [] if one.difference is None or one.missing else [f"the mean is {_points(one)} {one.baseline}"]
    told = joined([*lost, *mean])
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
