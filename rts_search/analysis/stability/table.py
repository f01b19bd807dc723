"""The table of stability as text, as CSV and as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rts_search.analysis.courses.course import Courses
from rts_search.analysis.courses.section import Section, TextTable
from rts_search.analysis.stability.rows import StabilityRow, stability_rows
from rts_search.analysis.stability.settings import SettingRow, setting_cells
from rts_search.analysis.stability.spikes import DEVIATIONS, LEAST_RISE, WINDOW
from rts_search.analysis.stability.words import NONE, normed, shared, spread_of
from rts_search.basics.sizes import counted
from trainables.core.settings.metrics import Metric


@dataclass(frozen=True)
class StabilityTable:
    """How steadily the methods of a sweep train."""

    courses: Courses
    settings: Sequence[SettingRow] = ()
    """The trials of the search by the values of their settings, where that was asked for."""

    @property
    def rows(self) -> list[StabilityRow]:
        """One row for each method."""
        return stability_rows(self.courses)

    @property
    def section(self) -> Section:
        """The tables as texts."""
        metric = self.courses.objective.measure
        unit = "points" if metric.is_share else "nats"
        tests = any(row.test_spread is not None for row in self.rows)
        tested = (f"sd over seeds, {metric.test}",) if tests else ()
        head = (
            *("method", "runs", "diverged runs", f"sd over seeds, {metric.name} in {unit}", *tested, "sd over epochs"),
            *("spikes", "gradient norm: median / 95 % / largest", "diverged trials of the search"),
        )
        rows = [_cells(row, metric, tests) for row in self.rows]
        tables = [TextTable("How steadily each method trains", head, rows)]
        if self.settings:
            cells = setting_cells(self.settings, metric)
            tables.append(TextTable("The trials of the search by their settings", *cells))
        return Section("Stability", tables, explained(self.courses))

    def markdown(self) -> str:
        """The table and what it shows."""
        return self.section.markdown()

    def frame(self) -> pd.DataFrame:
        """One row for each method, then those by settings."""
        return pd.DataFrame([*(row.to_dict() for row in self.rows), *(row.to_dict() for row in self.settings)])

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "metric": self.courses.objective.metric,
            "confirmed": self.courses.confirmed,
            "methods": [row.to_dict() for row in self.rows],
            "settings": [row.to_dict() for row in self.settings],
            "explained": explained(self.courses),
        }


def explained(courses: Courses) -> str:
    """What the columns are, and on what they rest."""
    seeds = max((len(one.courses) for one in courses.methods), default=0)
    found = [f"Runs of the confirmation on {counted(seeds, 'seed')}."]
    if not courses.confirmed:
        found = [
            "Not confirmed: the best trial of each method, one seed each. So nothing is known about the spread over "
            "seeds, and the best of many trials looks steadier than it is."
        ]
    found += [
        f"sd over seeds: of the {courses.objective.rule} epoch's value, with its interval of 95 %.",
        "sd over epochs: from epoch to epoch in the last third, without the trend.",
        f"spikes: epochs whose training loss exceeds the median of the {WINDOW} before by {DEVIATIONS:g} robust "
        f"deviations and by {100 * LEAST_RISE:.0f} %.",
        "gradient norm: over all steps, before clipping.",
        "Shares have exact intervals of 95 %; that of the search counts its trials as independent, and one that was "
        "stopped early as one that did not diverge.",
    ]
    return " ".join(found)


def _cells(row: StabilityRow, metric: Metric, tests: bool) -> list[str]:
    spread = spread_of(row.test_spread, row.test_interval, metric)
    return [
        f"{row.method} ({row.label})" if row.label else row.method,
        str(row.runs),
        shared(row.diverged, row.runs, row.diverged_interval),
        spread_of(row.seed_spread, row.seed_interval, metric),
        *([spread] if tests else []),
        NONE if row.epoch_spread is None else metric.amount(row.epoch_spread),
        _spikes(row),
        normed(row.norms),
        shared(row.diverged_trials, row.trials, row.trials_interval),
    ]


def _spikes(row: StabilityRow) -> str:
    if row.spike_epochs is None:
        return NONE
    where = f" in {counted(row.spiked_runs, 'run')}" if row.spike_epochs else ""
    return f"{row.spike_epochs} of {counted(row.epochs, 'epoch')}{where}"
