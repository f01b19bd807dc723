"""The page of a confirmation (confirm.md): sentence, table, notes, and what the numbers mean."""

from collections.abc import Sequence

from rts_search.analysis.confirmation.decisions import DIVERGED, INCOMPLETE, OPEN
from rts_search.analysis.confirmation.verdict import Comparison, Verdict
from rts_search.analysis.confirmation.wording import percent, sentence
from rts_search.analysis.formats import markdown_table
from rts_search.study.looks import ALPHA

HEAD = (
    *("trial", "against", "seeds", "cost", "its cost", "test_acc", "its test_acc", "difference"),
    *("level", "interval (t)", "interval (bootstrap)", "Holm p", "outcome"),
)
"""Column names of the table of comparisons."""


def markdown(verdict: Verdict, name: str) -> str:
    """The page of a confirmation in Markdown."""
    parts = [
        f"# {name}: confirmed",
        sentence(verdict),
        *verdict.earlier,
        "\n".join(markdown_table(HEAD, [cells(one) for one in verdict.comparisons])),
        *verdict.notes,
        *explained(verdict),
    ]
    return "\n\n".join(parts) + "\n"


def explained(verdict: Verdict) -> list[str]:
    """Paragraphs that say how the numbers of the table were measured and what the claims mean."""
    seeds = verdict.comparisons[0].seeds
    parts = [
        f"The contenders are the best of {verdict.selected_among} trials, each trained on one seed. They are measured "
        "on other seeds than those on which they were chosen, so that a lucky seed is no advantage. Accuracies are "
        "test accuracies: mean ± standard deviation over the runs that did not diverge. Differences are paired by "
        "seed, in percentage points. Cost is the number of gradient evaluations of one run.",
        f"{_error_rates(verdict)} The claims hold for other training seeds on this test part, not for other images. A "
        f"method that fails on one seed in ten shows no failure in {100 * 0.9**seeds:.0f} % of confirmations with "
        f"{seeds} seeds; no test can find it then.",
    ]
    if verdict.out_of_reach:
        parts.append(_left_out(verdict.out_of_reach))
    return parts


def _left_out(trials: Sequence[int]) -> str:
    return (
        f"Left out after the screening: {', '.join(map(str, trials))}. They were too far behind, or had no result on "
        "some seed there, since a run diverged or was lost."
    )


def _error_rates(verdict: Verdict) -> str:
    if verdict.look is None:
        return "Nothing was judged, and no look at the test part was used."
    return (
        f"This is look {verdict.look}. It may use {100 * verdict.alpha:.3g} of the "
        f"{100 * ALPHA:.0f} % risk of a false claim: over all looks and baselines, at most {100 * ALPHA:.0f} % of "
        f"confirmations claim a win that does not exist, and at most {100 * ALPHA:.0f} % a loss that does not exist. p "
        "is one-sided and corrected for all comparisons of a look. The level of an interval is the level at which its "
        "comparison is tested."
    )


def cells(one: Comparison) -> Sequence[str]:
    """A comparison as one row of the table, in the order of HEAD."""
    notes = [one.outcome if one.claim is None else f"{one.outcome} (look {one.claim.look})"]
    notes += ["depends on one seed"] if one.one_seed and one.outcome == OPEN else []
    notes += ["nothing is claimed before the trial above is decided"] if one.waits and one.outcome == OPEN else []
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
        "" if one.low is None else percent(one.level),
        _interval(one.low, one.high),
        _interval(one.bootstrap_low, one.bootstrap_high),
        "" if one.outcome in (DIVERGED, INCOMPLETE) else f"{one.holm_p:.3f}",
        "; ".join(notes),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _accuracy(mean: float | None, sd: float | None) -> str:
    if mean is None:
        return ""
    return f"{100 * mean:.2f} %" if sd is None else f"{100 * mean:.2f} ± {100 * sd:.2f} %"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:+.2f} to {100 * high:+.2f}"
