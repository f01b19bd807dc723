"""How far the best trial of a search is ahead of, or behind, the best baseline."""

from collections.abc import Mapping, Sequence
from typing import Any

from rts_search.study.ranking import best_of_arms, ranked
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.settings.metrics import METRICS


def best_baseline(entries: Sequence[TrialEntry], objective: ObjectiveConfig) -> TrialEntry | None:
    """The best completed trial of all baselines, tuned or not; None before there is one."""
    arms = best_of_arms([entry for entry in entries if entry.arm != RTS], objective)
    return next(iter(ranked(arms.values(), objective)), None)


def distance(metric: str, value: float, baseline: float) -> str:
    """How a value compares with a baseline's: `0.42 points better than`, `0.30 points worse than` or `equal to`."""
    measure = METRICS[metric]
    gain = measure.gain(value) - measure.gain(baseline)
    amount = measure.amount(abs(gain))
    if not float(amount):
        return "equal to"
    return f"{amount} {measure.unit.partition(' ')[0]} {'better' if gain > 0.0 else 'worse'} than"


def lead_told(facts: Mapping[str, Any]) -> str:
    """The distance of the best trial to the best baseline, from a status: `0.42 points better than sgd (trial 0)`.

    Empty as long as one of the two is missing.
    """
    best, baseline = facts["best"], facts["best_baseline"]
    if best is None or baseline is None:
        return ""
    how = distance(best["metric"], best["value"], baseline["value"])
    return f"{how} {baseline['arm']} (trial {baseline['trial']})"
