"""The runs of a confirmation with their values on the test part, by method and seed."""

from collections.abc import Mapping, Sequence

from rts_search.study.confirmation_study import ConfirmationStudy, has_diverged
from rts_search.study.trials import TrialEntry
from trainables.core.settings.metrics import Metric

Run = tuple[float, int]
"""Test value, NaN where it diverged, and cost of a run."""


def runs_of(confirmation: ConfirmationStudy, metric: Metric) -> dict[str, dict[int, list[Run]]]:
    """Label of the runs -> seed of the measurement -> its runs, of several lengths where there are any."""
    tested, found = confirmation.test_accuracies(), dict[str, dict[int, list[Run]]]()
    measuring = confirmation.measuring
    for entry in confirmation.trials():
        value = _value(entry, tested, metric)
        if value is None or entry.config is None:
            continue
        seed = entry.settings.training.seed
        if seed in measuring:
            found.setdefault(entry.baseline, {}).setdefault(seed, []).append((value, entry.cost))
    return found


def label_of(baseline: str, trial: int | None) -> str:
    """The label of a rival's runs. `trial`: the number of its trial where it was tuned."""
    return baseline if trial is None else f"{baseline} trial {trial}"


def at_least(runs: Sequence[Run], cost: int) -> Run:
    """Of a rival's runs on one seed, the shortest that costs no less; equal cost is rounded up to whole epochs."""
    return min(runs, key=lambda run: (run[1] < cost, run[1] if run[1] >= cost else -run[1]))


def _value(entry: TrialEntry, tested: Mapping[int, Mapping[str, float]], metric: Metric) -> float | None:
    if entry.number in tested:
        return float(tested[entry.number][metric.test])
    return float("nan") if has_diverged(entry) else None
