"""The page of a confirmation (confirm.md): sentence, table, notes, and what the numbers mean."""

from collections.abc import Sequence

from rts_search.analysis.confirmation.decisions import DIVERGED, INCOMPLETE, OPEN
from rts_search.analysis.confirmation.tuning import Tuning
from rts_search.analysis.confirmation.verdict import Comparison, Verdict
from rts_search.analysis.confirmation.wording import percent, sentence
from rts_search.analysis.formats import markdown_table
from rts_search.basics.sizes import joined
from rts_search.study.looks import ALPHA
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS, Metric


def head(verdict: Verdict) -> Sequence[str]:
    """Column names of the table of comparisons."""
    test = _metric(verdict).test
    return (
        *("trial", "against", "seeds", "cost", "its cost", test, f"its {test}", "difference"),
        *("level", "interval (t)", "interval (bootstrap)", "Holm p", "outcome"),
    )


def markdown(verdict: Verdict, name: str) -> str:
    """The page of a confirmation in Markdown."""
    parts = [
        f"# {name}: confirmed",
        sentence(verdict),
        *verdict.earlier,
        "\n".join(markdown_table(head(verdict), [cells(one) for one in verdict.comparisons])),
        *(["\n".join(markdown_table(HEAD_OF_ARMS, cells_of_arms(verdict)))] if verdict.tuning else []),
        *verdict.notes,
        *explained(verdict),
    ]
    return "\n\n".join(parts) + "\n"


def explained(verdict: Verdict) -> list[str]:
    """Paragraphs that say how the numbers of the table were measured and what the claims mean."""
    seeds = verdict.comparisons[0].seeds
    parts = [
        f"{_chosen(verdict)} measured on other seeds than those on which they were chosen, so that a lucky seed is no "
        f"advantage. {_values(verdict)} Cost is the number of gradient evaluations of one run.",
        f"{_error_rates(verdict)} The claims hold for other training seeds on this test part, not for other images. A "
        f"method that fails on one seed in ten shows no failure in {100 * 0.9**seeds:.0f} % of confirmations with "
        f"{seeds} seeds; no test can find it then.",
    ]
    if verdict.tuning is not None:
        parts.append(_lengths(verdict.tuning, verdict.comparisons[0].tuning_luck is not None))
    if verdict.out_of_reach:
        parts.append(_left_out(verdict.out_of_reach, verdict.tuning is not None))
    return parts


def _metric(verdict: Verdict) -> Metric:
    return METRICS[verdict.comparisons[0].metric]


def _values(verdict: Verdict) -> str:
    metric, of = _metric(verdict), "mean ± standard deviation over the runs that did not diverge"
    if metric == DEFAULT_METRIC:
        return f"Accuracies are test accuracies: {of}. Differences are paired by seed, in percentage points."
    told = f"{metric.test} is the {metric.words} on the test part: {of}. Differences are paired by seed"
    if metric.falls:
        return f"{told}, in nats, and positive where the trial has the smaller loss."
    return f"{told}, in percentage points."


def _chosen(verdict: Verdict) -> str:
    if verdict.tuning is None:
        return f"The contenders are the best of {verdict.selected_among} trials, each trained on one seed. They are"
    numbers = ", ".join(f"{one.trials} of {one.arm}" for one in verdict.tuning.arms)
    screened = "The best trials of each were screened, and the best of these was measured."
    return (
        f"Every method was tuned over a space of its own ({numbers} trials, each trained on one seed). "
        f"{screened if verdict.out_of_reach else 'The best trial of each was measured.'} They are"
    )


def _lengths(tuning: Tuning, counts_luck: bool) -> str:
    """counts_luck: whether the verdict does; those of earlier versions do not."""
    if tuning.at == "own_cost":
        length = "The other methods are measured at the cost of RTS, which is another length than that of their tuning."
    else:
        length = "Every method is measured at the length at which it was tuned, and no run may cost more than pugd's."
    single = [one.arm for one in tuning.arms if one.completed == 1]
    counted = (
        "p and the intervals count this luck of tuning, which is estimated from the best three trials of each method."
        if counts_luck
        else "The claims are about the settings that this tuning has found."
    )
    if counts_luck and single:
        counted = counted[:-1] + f"; of {joined(single)}, with one completed trial, it is not known and not counted."
    return (
        f"{length} With another seed of the search, each method may find other settings. {counted} The cost of "
        "tuning is that of all trials of a method, each with the epochs that it shares with others."
    )


def _left_out(trials: Sequence[int], of_arms: bool) -> str:
    if of_arms:
        return f"Left out after the screening, since another trial of their method was better: {_listed(trials)}."
    return (
        f"Left out after the screening: {_listed(trials)}. They were too far behind, or had no result on "
        "some seed there, since a run diverged or was lost."
    )


def _listed(trials: Sequence[int]) -> str:
    return ", ".join(map(str, trials))


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


HEAD_OF_ARMS = ("method", "trials", "tuning cost", "epochs", "finalist", "its settings", "on the edge of the space")
"""Column names of the table of tuned methods."""


def cells_of_arms(verdict: Verdict) -> list[Sequence[str]]:
    """How each method was tuned, in rows in the order of HEAD_OF_ARMS; none where baselines are not tuned."""
    return [
        (
            one.arm,
            f"{one.trials}",
            f"{one.gradient_evaluations:,}",
            f"{one.epochs}",
            "none" if one.trial is None else f"trial {one.trial}",
            one.settings,
            ", ".join(one.edges),
        )
        for one in (verdict.tuning.arms if verdict.tuning else ())
    ]


def cells(one: Comparison) -> Sequence[str]:
    """A comparison as one row of the table, in the order of `head`."""
    metric = METRICS[one.metric]
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
        one.baseline if one.baseline_trial is None else f"{one.baseline} trial {one.baseline_trial}",
        f"{one.seeds}",
        _number(one.gradient_evaluations),
        _number(one.baseline_gradient_evaluations),
        _value(metric, one.test_acc, one.test_acc_sd),
        _value(metric, one.baseline_test_acc, one.baseline_test_acc_sd),
        "" if one.difference is None else metric.amount(one.difference, sign=True),
        "" if one.low is None else percent(one.level),
        _interval(metric, one.low, one.high),
        _interval(metric, one.bootstrap_low, one.bootstrap_high),
        "" if one.outcome in (DIVERGED, INCOMPLETE) else f"{one.holm_p:.3f}",
        "; ".join(notes),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _value(metric: Metric, mean: float | None, sd: float | None) -> str:
    if mean is None or sd is None:
        return metric.shown(mean)
    return f"{metric.amount(mean)} ± {metric.amount(sd)}{' %' if metric.is_share else ''}"


def _interval(metric: Metric, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{metric.amount(low, sign=True)} to {metric.amount(high, sign=True)}"
