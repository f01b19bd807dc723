"""The tables of costs: methods at equal epochs, gradient evaluations and time, and what each needs for a value."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from rts_search.analysis.costs.censored import Median
from rts_search.analysis.costs.equal import AXES, Level, difference_at, level_at, places
from rts_search.analysis.costs.reaching import costs_to_reach, difference_to_reach, method_to_reach
from rts_search.analysis.costs.wording import costs_cell, difference_cell, explained, level_cell, saved_cell
from rts_search.analysis.courses.course import Courses, Method
from rts_search.analysis.courses.section import Section, TextTable
from trainables.core.settings.metrics import Metric

RISK = 0.05


@dataclass(frozen=True)
class CostsTable:
    """What methods reach for the same, and what they need for the same. At least one run has completed."""

    courses: Courses
    value: float
    """The value of the metric that is to be reached."""

    @property
    def metric(self) -> Metric:
        """The objective's metric."""
        return self.courses.objective.measure

    @property
    def methods(self) -> list[Method]:
        """The methods with runs."""
        return self.courses.shown

    @property
    def level(self) -> float:
        """Level of the intervals of differences: together they hold with 95 % at one place (Bonferroni)."""
        return 1 - RISK / max(1, len(self.methods) - 1)

    @cached_property
    def levels(self) -> dict[tuple[str, float], list[Level]]:
        """Axis and place -> each method there."""
        return {
            (axis, place): [level_at(one, axis, place, self.courses) for one in self.methods]
            for axis in AXES
            for place in places(self.courses, axis)
        }

    @cached_property
    def differences(self) -> dict[tuple[str, float], list[Level]]:
        """Axis and place -> the first method minus each other one."""
        first, *others = self.methods
        return {
            (axis, place): [difference_at(first, one, axis, place, self.courses, self.level) for one in others]
            for axis, place in self.levels
        }

    @cached_property
    def needed(self) -> list[Median]:
        """What each method needs to reach the value."""
        return [method_to_reach(one, self.value, self.metric) for one in self.methods]

    @cached_property
    def saved(self) -> list[Median]:
        """What the first method needs minus what each other one needs."""
        first, *others = self.methods
        return [difference_to_reach(first, one, self.value, self.metric, self.level) for one in others]

    @cached_property
    def section(self) -> Section:
        """The tables as texts."""
        names = [one.name for one in self.methods]
        wanted = f"gradient evaluations for {self.metric.shown(self.value)}"
        needs = TextTable(
            "What each method needs",
            ("method", "runs", "reached it", f"{wanted}: median", "interval (95 %)", "smallest to largest"),
            [
                costs_cell(one, median, costs_to_reach(one, self.value, self.metric))
                for one, median in zip(self.methods, self.needed, strict=True)
            ],
        )
        equal = TextTable(
            f"{self.metric.name} at equal epochs, gradient evaluations and time",
            (self.metric.name, *names),
            [
                [f"after {_place(*place)}", *(level_cell(one, self.metric) for one in found)]
                for place, found in self.levels.items()
            ],
        )
        tables = [needs, equal, self._compared()] if len(names) > 1 else [needs, equal]
        return Section("Costs", tables, explained(self.courses, self.level))

    def _compared(self) -> TextTable:
        first, *others = (one.name for one in self.methods)
        last = {axis: found for (axis, _), found in self.differences.items()}
        ends = {found[0]: found[1] for found in self.levels}  # the last place of each axis
        unit = "points" if self.metric.is_share else "nats"
        head = [f"{first} minus", *(f"{self.metric.name} after {_place(axis, ends[axis])}, {unit}" for axis in AXES)]
        cells = [
            [
                other,
                *(difference_cell(last[axis][place], self.metric) for axis in AXES),
                saved_cell(self.saved[place], first, other),
            ]
            for place, other in enumerate(others)
        ]
        head.append(f"gradient evaluations for {self.metric.shown(self.value)}: median")
        return TextTable(f"{first} compared with each other method on the same seeds", head, cells)

    def markdown(self) -> str:
        """The tables and what they show."""
        return self.section.markdown()

    def rows(self) -> list[dict[str, Any]]:
        """One row for each method and place, and one for what it needs: `axis` is then `to_reach`.

        `difference` is the first method minus this one; it is `established` where its interval excludes 0.
        """
        found = []
        for (axis, place), levels in self.levels.items():
            differences = [None, *self.differences[axis, place]]
            for method, level, difference in zip(self.methods, levels, differences, strict=True):
                found.append({"axis": axis, "at": place, "method": method.name, **_plain(level, difference)})
        for method, median, saved in zip(self.methods, self.needed, [None, *self.saved], strict=True):
            found.append({"axis": "to_reach", "at": self.value, "method": method.name, **_needed(median, saved)})
        return found

    def frame(self) -> pd.DataFrame:
        """The rows as a table."""
        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Plain values; null for what does not exist and for an end that is not bounded."""
        return {
            "metric": self.metric.name,
            "value": self.value,
            "confirmed": self.courses.confirmed,
            "level_of_differences": self.level,
            "rows": self.rows(),
            "explained": explained(self.courses, self.level),
        }


def _plain(level: Level, difference: Level | None) -> dict[str, Any]:
    ends = {f"difference{end}": getattr(difference, name, None) for end, name in _ENDS.items()}
    return {**asdict(level), **ends, "difference_established": getattr(difference, "established", None)}


def _needed(median: Median, saved: Median | None) -> dict[str, Any]:
    told = {"count": median.count, "reached": median.known, "mean": None, "median": median.middle}
    ends = {"low": _finite(median.low), "high": _finite(median.high)}
    differences = {
        "difference": getattr(saved, "middle", None),
        "difference_low": _finite(getattr(saved, "low", None)),
        "difference_high": _finite(getattr(saved, "high", None)),
        "difference_established": getattr(saved, "established", None),
    }
    return {**told, **ends, **differences}


_ENDS = {"": "mean", "_low": "low", "_high": "high"}


def _place(axis: str, place: float) -> str:
    number = f"{place:,.3g}" if axis == "seconds" and place < 100 else f"{place:,.0f}"
    words = AXES[axis].removesuffix("s") if number == "1" else AXES[axis]
    return f"{number} {words}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
