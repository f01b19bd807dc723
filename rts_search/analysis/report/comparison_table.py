"""The table of a comparison of sweeps as text: Markdown that fits 80 columns, CSV and LaTeX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, groupby
from typing import Any

import pandas as pd

from rts_search.analysis.formats import markdown_table
from rts_search.analysis.latex import PACKAGES, latex_table
from rts_search.analysis.report.comparison_rows import Row
from trainables.core.settings.metrics import Metric

WIDTH = 80
"""Columns of a terminal that a table fits where it can."""
Columns = dict[str, list[str]]
"""Title of each column -> its cells."""


@dataclass(frozen=True)
class ComparisonTable:
    """The rows of a comparison and the settings that differ, as text."""

    rows: Sequence[Row]
    differing: Mapping[str, tuple[Any, ...]]
    """Setting -> its value in each sweep."""
    names: Sequence[str]
    """The sweeps, in the order of these values."""
    against: str
    """The sweep to which differences are told."""
    metric: Metric
    charged: int
    """The cost at which all sweeps are compared."""

    @cached_property
    def columns(self) -> Columns:
        """All columns that say something: without those whose cells are all alike, which `left_out` tells."""
        return {name: cells for name, cells in self._all.items() if name not in self._alike}

    @property
    def head(self) -> list[str]:
        """Titles of the columns."""
        return list(self.columns)

    @property
    def cells(self) -> list[list[str]]:
        """The rows as text."""
        return _turned(self.columns)

    @property
    def words(self) -> list[str]:
        """Titles of the columns with words, which come first; all others hold numbers."""
        return [name for name in self.head if name in WORDS]

    def left_out(self) -> list[str]:
        """A sentence on the columns that are left out; none where all are there."""
        told = [f"{name} {self._all[name][0]}" for name in self._alike if name in WORDS]
        found = [f"Equal in all rows: {', '.join(told)}."] if told else []
        return [*found, "Every method has spent what is charged."] if SPENT in self._alike else found

    def costs(self) -> str:
        """What the two costs count, and the column at equal cost where it is there."""
        told = "Charged: gradient evaluations of all trials of a method, epochs taken over from other trials or sweeps "
        told += "included."
        if self._reached in self.columns:
            told += f" At {self.charged:,} charged: the best value once so much was charged, which the cheapest of the "
            told += "sweeps took in all."
        return f"{told} Spent: what the trials computed themselves."

    def intervals(self) -> list[str]:
        """A sentence on the values that are confirmed; none without any."""
        if self._tested in self._alike:
            return []
        between = f"; differences are those between the winners of sweeps, as sweep minus {self.against}"
        differences = "" if DIFFERENCE in self._alike else between
        return [
            f"{self.metric.test}: of the confirmed configs on new seeds, with 95 % intervals over the seeds. How "
            f"methods of one sweep differ is in its verdict{differences}."
        ]

    def markdown(self) -> list[str]:
        """Lines of the table. Where it is wider than WIDTH, what was confirmed has a table of its own, or sweeps are
        numbered, or both."""
        for short in (self.columns, _numbered(self.columns, self.names)):
            for parts in ([short], _parted(short)):
                fits = all(_width(part) <= WIDTH for part in parts)
                if fits or (short is not self.columns and len(parts) > 1):
                    return [*([] if short is self.columns else self._legend()), *_lines(parts)]
        return _lines([self.columns])

    def settings(self) -> list[str]:
        """Lines on the settings that differ: a table with a column for each sweep, or a list where that is too wide."""
        if not self.differing:
            return []
        columns = self._settings(self.names)
        if _width(columns) <= WIDTH:
            return _lines([columns])
        lines = []
        for setting, values in self.differing.items():
            having: dict[str, list[str]] = {}
            for name, value in zip(self.names, values, strict=True):
                having.setdefault(shown(value) or "not set", []).append(name)
            told = "; ".join(f"{value} ({', '.join(names)})" for value, names in having.items())
            lines.append(f"- {setting}: {told}")
        return [*lines, ""]

    def frame(self) -> pd.DataFrame:
        """One row per sweep and method with plain numbers, and with the settings that differ between the sweeps."""
        found = []
        for row in self.rows:
            place = self.names.index(row.sweep)
            own = {setting: values[place] for setting, values in self.differing.items()}
            found.append({**row.to_dict(), "against": self.against, **own})
        return pd.DataFrame(found).astype({"common_seeds": "Int64"})

    def latex(self) -> str:
        """The table, and that of the settings that differ, for LaTeX with the package booktabs."""
        by_sweep = [list(group) for _, group in groupby(self.cells, key=lambda cells: cells[0])]
        groups = by_sweep if len(by_sweep) < len(self.rows) else [self.cells]
        words = len(self.words)
        parts = [latex_table(self.head, groups, "l" * words + "r" * (len(self.head) - words))]
        if self.differing:
            columns = self._settings(self.names)
            parts.append(latex_table(list(columns), [_turned(columns)], "l" * len(columns)))
        return "\n".join([PACKAGES, *parts])

    @cached_property
    def _all(self) -> Columns:
        value, reached = self.metric.axis, self._reached
        columns: Columns = {name: [] for name in (*WORDS, CHARGED, SPENT, value, reached, self._tested, DIFFERENCE)}
        for row in self.rows:
            cells = (
                *(row.sweep, row.method, row.state, f"{row.completed:,} of {row.trials:,}"),
                *(f"{row.charged:,}", f"{row.spent:,}"),
                *(self._value(row.best), self._value(row.best_at_equal_cost)),
                self._value(row.test) + self._ends(row.test_low, row.test_high),
                "reference" if self._refers(row) else self._difference(row),
            )
            for column, cell in zip(columns.values(), cells, strict=True):
                column.append(cell)
        return columns

    @property
    def _reached(self) -> str:
        return f"at {self.charged:,} charged"

    @property
    def _tested(self) -> str:
        return f"{self.metric.test} in {'%' if self.metric.is_share else 'nats'}"

    @cached_property
    def _alike(self) -> list[str]:
        """Titles of the columns whose cells say nothing, or all the same."""
        found = [name for name in ("method", "state", "completed") if len({*self._all[name]}) == 1]
        found = found if len(self.rows) > 1 else []
        if self._all[SPENT] == self._all[CHARGED]:
            found.append(SPENT)
        if all(row.best_at_equal_cost in (None, row.best) for row in self.rows):
            found.append(self._reached)
        if not any(self._all[self._tested]):
            found.append(self._tested)
        if all(row.difference is None for row in self.rows):
            found.append(DIFFERENCE)
        return found

    def _refers(self, row: Row) -> bool:
        return row.sweep == self.against and row.method == self.rows[0].method

    def _value(self, value: float | None) -> str:
        return "" if value is None else self.metric.amount(value)

    def _ends(self, low: float | None, high: float | None, sign: bool = False) -> str:
        if low is None or high is None:
            return ""
        return f" ({self.metric.amount(low, sign)} to {self.metric.amount(high, sign)})"

    def _difference(self, row: Row) -> str:
        if row.difference is None:
            return ""
        return self.metric.amount(row.difference, True) + self._ends(row.difference_low, row.difference_high, True)

    def _legend(self) -> list[str]:
        return [*(f"- {place}: {name}" for place, name in enumerate(self.names, 1)), ""]

    def _settings(self, names: Sequence[str]) -> Columns:
        values = {name: [shown(found[place]) for found in self.differing.values()] for place, name in enumerate(names)}
        return {"setting": list(self.differing), **values}


CHARGED, SPENT, DIFFERENCE = "charged", "spent", "difference"
WORDS = ("sweep", "method", "state", "completed")


def shown(value: Any) -> str:
    """The value of a setting as text; empty for None, and the names of a list of methods."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and [*one] == ["name"] for one in value):
        return ", ".join(str(one["name"]) for one in value)
    return "" if value is None else f"{value}"


def _turned(columns: Columns) -> list[list[str]]:
    return [list(cells) for cells in zip(*columns.values(), strict=True)]


def _numbered(columns: Columns, names: Sequence[str]) -> Columns:
    return {**columns, "sweep": [str(1 + names.index(name)) for name in columns["sweep"]]}


def _parted(columns: Columns) -> list[Columns]:
    """What the search has found, then what was confirmed, each with the names of its rows."""
    confirmed = list(columns)[-2:] if DIFFERENCE in columns else list(columns)[-1:]
    confirmed = [name for name in confirmed if name == DIFFERENCE or name.startswith("test")]
    if not confirmed:
        return [columns]
    keys = {name: columns[name] for name in ("sweep", "method") if name in columns}
    found = {name: cells for name, cells in columns.items() if name not in confirmed}
    measured = keys | {name: columns[name] for name in confirmed}
    told = [any(cells) for cells in zip(*(columns[name] for name in confirmed), strict=True)]
    return [found, {name: [*compress(cells, told)] for name, cells in measured.items()}]


def _width(columns: Columns) -> int:
    """Width of a table with aligned columns."""
    return 1 + sum(3 + max(map(len, (name, *cells))) for name, cells in columns.items())


def _lines(parts: Sequence[Columns]) -> list[str]:
    return [line for part in parts for line in (*markdown_table(list(part), _turned(part)), "")]
