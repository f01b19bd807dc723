"""The words of a verdict of tuned arms: training costs, what each was tuned, and what made the tuning unequal."""

from typing import TYPE_CHECKING

from rts_search.basics.sizes import counted, joined
from rts_search.sweep.baselines import RTS

if TYPE_CHECKING:
    from rts_search.analysis.confirmation.tuning import Tuning
    from rts_search.analysis.confirmation.verdict import Comparison, Verdict


def relation(one: "Comparison") -> str:
    """At what training cost the contender was measured: `at no more training cost`, or how much more it got."""
    own, other = one.gradient_evaluations, one.baseline_gradient_evaluations
    if own is None or other is None:
        return "at costs that cannot be compared"
    if own <= other:
        return "at no more training cost"
    return f"at {_percent_more(own, other)} training cost"


def efforts(one: "Comparison", tuning: "Tuning") -> str:
    """Both training costs and both costs of tuning: `training cost 540 against 864; each the best of 24 trials, ..."""
    own, other = tuning[RTS], tuning[one.baseline]
    chosen = f"each the best of {counted(own.trials, 'trial')}"
    if own.trials != other.trials:
        chosen = f"the best of {own.trials:,} trials against the best of {other.trials:,}"
    costs = f"{own.gradient_evaluations:,} and {other.gradient_evaluations:,} gradient evaluations of tuning"
    return f"training cost {training_costs(one)}; {chosen}, {costs}"


def training_costs(one: "Comparison") -> str:
    """`540 against 864`, and how much more RTS got where it cost more."""
    own, other = one.gradient_evaluations, one.baseline_gradient_evaluations
    if own is None or other is None:
        return "unknown"
    more = f", {_percent_more(own, other)}" if own > other else ""
    return f"{own:,.0f} against {other:,.0f}{more}"


def efforts_in_brackets(one: "Comparison", tuning: "Tuning | None") -> str:
    """The same in brackets, for a comparison that establishes nothing; empty where baselines are not tuned."""
    return "" if tuning is None else f" ({one.seeds} seeds, {efforts(one, tuning)})"


def about_tuning(verdict: "Verdict") -> str:
    """Sentences on everything that makes the comparison less fair than it looks; empty without anything."""
    tuning = verdict.tuning
    if tuning is None:
        return ""
    told = [_length(one, tuning) for one in verdict.own]
    if tuning.unequal:
        told.append(f"The effort of tuning was not equal: {'; '.join(tuning.unequal)}.")
    at_edges = [f"{one.arm.upper()} with {', '.join(one.edges)}" for one in tuning.arms if one.edges]
    if at_edges:
        told.append(f"On the edge of its space, beyond which better settings may lie: {'; '.join(at_edges)}.")
    single = [one.arm.upper() for one in tuning.arms if one.completed == 1]
    if single:
        have = "have each" if len(single) > 1 else "has"
        told.append(f"{joined(single)} {have} completed one trial: the luck of tuning there is not known or counted.")
    told += [
        f"{one.arm.upper()} has no completed trial and is not compared." for one in tuning.arms if one.trial is None
    ]
    return "".join(f" {sentence}" for sentence in told if sentence)


def _length(one: "Comparison", tuning: "Tuning") -> str:
    """A sentence where a rival was measured at another length than that of its tuning."""
    tuned, measured = tuning[one.baseline].epochs, one.baseline_epochs
    if tuning.at == "tuned" or measured is None or measured == tuned:
        return ""
    return f"{one.baseline.upper()} was tuned over {tuned} epochs and measured over {measured:.3g}, at RTS's cost."


def _percent_more(own: float, other: float) -> str:
    return f"{100 * (own / other - 1):.2g} % more"
