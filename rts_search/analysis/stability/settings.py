"""The trials of the search by their settings: which values of a setting train steadily, and which diverge."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rts_search.analysis.arms.edges import searched_values
from rts_search.analysis.courses.course import Course
from rts_search.analysis.stability.rows import Norms, norms_of
from rts_search.analysis.stability.shares import share_interval
from rts_search.analysis.stability.spikes import spikes
from rts_search.analysis.stability.spread import epoch_spread, pooled
from rts_search.analysis.stability.words import NONE, normed, shared
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import Arm
from search_spaces.domains import LogUniform
from trainables.core.settings.metrics import Metric

PARTS = 4
"""A number with more different values than this is shown in so many equal parts of its range."""


@dataclass(frozen=True)
class SettingRow:
    """The trials of an arm that have a setting in one part of its range. They differ in all other settings, too."""

    method: str
    setting: str
    values: str
    """The value, or the smallest and the largest of them."""
    trials: int
    """Trials that completed, diverged or were stopped early."""
    diverged_trials: int
    trials_interval: tuple[float, float] | None
    spiked_runs: int
    """Trials with a spike of the training loss."""
    epoch_spread: float | None
    """Of the completed trials."""
    norms: Norms | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        plain = {name: value for name, value in asdict(self).items() if name not in ("trials_interval", "norms")}
        low, high = self.trials_interval or (None, None)
        norms = dict.fromkeys(Norms.__dataclass_fields__) if self.norms is None else vars(self.norms)
        told = {f"gradient_norm_{name}": _finite(value) for name, value in norms.items()}
        return {**plain, "trials_low": low, "trials_high": high, **told}


def setting_rows(arm: Arm, trials: Sequence[TrialEntry], courses: Mapping[int, Course]) -> list[SettingRow]:
    """One row for each searched setting of an arm and each part of its range that has trials.

    Args:
        arm: the arm, whose space says what is searched.
        trials: its trials that count.
        courses: number of a trial -> its course.
    """
    found = []
    values = {one.number: searched_values(arm, one.settings) for one in trials}
    for name, domain in arm.space.searched().items():
        having = [one for one in trials if name in values[one.number]]
        of_trial = {one.number: values[one.number][name] for one in having}
        if len(set(map(str, of_trial.values()))) < 2:
            continue
        for words, numbers in _parts(of_trial, isinstance(domain, LogUniform)):
            own = [(one, courses[one.number]) for one in having if one.number in numbers]
            found.append(_row(arm.name, name, words, own))
    return found


def setting_cells(rows: Sequence[SettingRow], metric: Metric) -> tuple[list[str], list[list[str]]]:
    """The head and the cells of the table."""
    head = ["method", "setting", "values", "diverged trials", "trials with a spike", "sd over epochs"]
    return [*head, "gradient norm: median / 95 % / largest"], [
        [
            row.method,
            row.setting,
            row.values,
            shared(row.diverged_trials, row.trials, row.trials_interval),
            str(row.spiked_runs),
            NONE if row.epoch_spread is None else metric.amount(row.epoch_spread),
            normed(row.norms),
        ]
        for row in rows
    ]


def _row(arm: str, name: str, words: str, own: Sequence[tuple[TrialEntry, Course]]) -> SettingRow:
    courses = [course for _, course in own]
    diverged = sum(course.diverged for course in courses)
    return SettingRow(
        method=arm,
        setting=name,
        values=words,
        trials=len(own),
        diverged_trials=diverged,
        trials_interval=share_interval(diverged, len(own)),
        spiked_runs=sum(bool(spikes(course.train_loss)) for course in courses),
        epoch_spread=pooled([epoch_spread(course.value) for entry, course in own if entry.completed]),
        norms=norms_of(courses),
    )


def _parts(values: Mapping[int, Any], logarithmic: bool) -> list[tuple[str, set[int]]]:
    """The values, or the parts of their range, in words; and the trials that have them. From low to high."""
    different = list({str(value): value for value in values.values()}.values())
    numbers = [value for value in different if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(different) or len(different) <= PARTS:
        ordered = sorted(different) if len(numbers) == len(different) else different
        return [(_shown(one), {number for number, value in values.items() if value == one}) for one in ordered]
    scaled = {number: math.log(value) if logarithmic else float(value) for number, value in values.items()}
    low, width = min(scaled.values()), (max(scaled.values()) - min(scaled.values())) / PARTS
    found: dict[int, set[int]] = {}
    for number, value in scaled.items():
        found.setdefault(min(PARTS - 1, int((value - low) / width)), set()).add(number)
    return [(_range([values[number] for number in found[part]]), found[part]) for part in sorted(found)]


def _range(values: Sequence[Any]) -> str:
    low, high = _shown(min(values)), _shown(max(values))
    return low if low == high else f"{low} to {high}"


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
