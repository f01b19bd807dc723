"""The verdict of a confirmation in words: one sentence on the chosen contender, and a page with the table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, INCOMPLETE, OPEN, WORSE
from rts_search.analysis.tables import markdown_table
from rts_search.study.looks import ALPHA

if TYPE_CHECKING:
    from rts_search.analysis.confirmation.verdict import Comparison, Verdict

NEAR = 0.005
"""Costs that differ by less than this share of the contender's are told as nearly equal."""


def sentence(verdict: "Verdict") -> str:
    """What is established of the chosen contender, in plain words."""
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
    """What was established of one comparison, with the numbers of the look that did."""
    claim = one.claim
    assert claim is not None
    verb = "beats" if one.outcome == BETTER else "is behind"
    at = f"look {claim.look}, {claim.seeds} seeds, {claim.cost}"
    if claim.difference is None or claim.low is None or claim.high is None:
        lost = f"which diverged on {claim.baseline_diverged} of {claim.seeds} seeds"
        return f"{verb} {one.baseline}, {lost} (by ranks, p {claim.p:.3f}, {at})"
    near, far = (claim.low, claim.high) if one.outcome == BETTER else (-claim.high, -claim.low)
    return (
        f"{verb} {one.baseline} by {100 * abs(claim.difference):.2f} points "
        f"({_percent(claim.level)} interval {100 * near:.2f} to {100 * far:.2f}, {at})"
    )


def cost_words(one: "Comparison") -> str:
    """How the costs compare, from what the runs really cost."""
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
    """What a later look has measured of a claim: it stands, but a reader has to know how the mean lies by now."""
    if one.claim is None or one.claim.look == verdict.look:
        return ""
    lost = [f"the trial diverged on {one.diverged}"] if one.diverged else []
    lost += [f"{one.baseline} diverged on {one.baseline_diverged}"] if one.baseline_diverged else []
    mean = [] if one.difference is None or one.missing else [f"the mean is {_points(one.difference)} {one.baseline}"]
    told = " and ".join([*lost, *mean])
    return f" (at the last look, on {one.seeds} seeds, {told})" if told else ""


def _far(own: Sequence["Comparison"]) -> str:
    """The runs that lie far from their fellows, as a sentence of its own."""
    found = [f"trial {own[0].trial} on seed {seed}" for seed in own[0].far]
    found += [f"{one.baseline} on seed {seed}" for one in own for seed in one.baseline_far]
    return (
        f" Far from the other runs of its method: {', '.join(found)}; look at it before you believe a mean."
        if found
        else ""
    )


HEAD = (
    *("trial", "against", "seeds", "cost", "its cost", "test_acc", "its test_acc", "difference"),
    *("level", "interval (t)", "interval (bootstrap)", "Holm p", "outcome"),
)
"""What stands above the cells of a comparison."""


def markdown(verdict: "Verdict", name: str) -> str:
    """The page of a confirmation."""
    parts = [
        f"# {name}: confirmed",
        sentence(verdict),
        *verdict.earlier,
        "\n".join(markdown_table(HEAD, [cells(one) for one in verdict.comparisons])),
        *verdict.notes,
        *explained(verdict),
    ]
    return "\n\n".join(parts) + "\n"


def explained(verdict: "Verdict") -> list[str]:
    """What the table rests on, in paragraphs."""
    seeds = verdict.comparisons[0].seeds
    parts = [
        f"The contenders are the best of {verdict.selected_among} trials by one seed. They are measured on other "
        "seeds than those on which they were chosen, so that luck in the choice does not count. Accuracies are those "
        "on the test part: mean and standard deviation over the runs that did not diverge. Differences are paired by "
        "seed, in points. Cost is gradient evaluations of one run.",
        f"{_promise(verdict)} The claims are about training seeds on this test part: other images are another "
        "question. A method that fails on one seed in ten shows no failure in "
        f"{100 * 0.9**seeds:.0f} % of confirmations with {seeds} seeds, and no test can see it then.",
    ]
    if verdict.out_of_reach:
        parts.append(_left_out(verdict.out_of_reach))
    return parts


def _left_out(trials: Sequence[int]) -> str:
    return (
        f"Left out after the screening: {', '.join(map(str, trials))}. They were out of reach, or had no result on "
        "some seed there, since a run diverged or was lost."
    )


def _promise(verdict: "Verdict") -> str:
    if verdict.look is None:
        return "Nothing was judged: no look at the test part has been spent."
    return (
        f"This is look {verdict.look}. It may spend {100 * verdict.alpha:.3g} of the {100 * ALPHA:.0f} %: over all "
        f"looks and baselines, at most {100 * ALPHA:.0f} % of confirmations claim any win where there is none, and at "
        f"most {100 * ALPHA:.0f} % claim any loss where there is none. p is one-sided and corrected for the "
        "comparisons of a look; the level of an interval is that at which its comparison is tested."
    )


def cells(one: "Comparison") -> Sequence[str]:
    """A comparison as a row under HEAD."""
    notes = [one.outcome if one.claim is None else f"{one.outcome} (look {one.claim.look})"]
    notes += ["hangs on one seed"] if one.one_seed and one.outcome == OPEN else []
    notes += ["waits for the trial above"] if one.waits and one.outcome == OPEN else []
    notes += [f"the trial diverged on {one.diverged}"] if one.diverged else []
    notes += [f"{one.baseline} diverged on {one.baseline_diverged}"] if one.baseline_diverged else []
    notes += [f"far: trial on seed {seed}" for seed in one.far]
    notes += [f"far: {one.baseline} on seed {seed}" for seed in one.baseline_far]
    notes += [one.missing] if one.missing else []
    return (
        f"{one.trial}",
        one.baseline,
        f"{one.seeds}",
        _number(one.gradient_evaluations),
        _number(one.baseline_gradient_evaluations),
        _accuracy(one.test_acc, one.test_acc_sd),
        _accuracy(one.baseline_test_acc, one.baseline_test_acc_sd),
        "" if one.difference is None else f"{100 * one.difference:+.2f}",
        "" if one.low is None else _percent(one.level),
        _interval(one.low, one.high),
        _interval(one.bootstrap_low, one.bootstrap_high),
        "" if one.outcome in (DIVERGED, INCOMPLETE) else f"{one.holm_p:.3f}",
        "; ".join(notes),
    )


def _percent(level: float) -> str:
    return f"{100 * level:.4g} %"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _accuracy(mean: float | None, sd: float | None) -> str:
    if mean is None:
        return ""
    return f"{100 * mean:.2f} %" if sd is None else f"{100 * mean:.2f} ± {100 * sd:.2f} %"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:+.2f} to {100 * high:+.2f}"
