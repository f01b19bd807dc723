"""The table over tasks in Markdown, CSV and LaTeX, and as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rts_search.analysis.confirmation.decisions import BETTER, WORSE
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.analysis.confirmation.together import Judgement
from rts_search.analysis.figures import Figure
from rts_search.analysis.formats import markdown_table
from rts_search.analysis.latex import PACKAGES, latex_table
from rts_search.analysis.tasks.against_size import against_size
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.family import Family, judged
from rts_search.analysis.tasks.parts import interaction_of
from rts_search.basics.sizes import counted
from rts_search.sweep.baselines import RTS
from trainables.core.settings.metrics import Metric

if TYPE_CHECKING:
    from rts_search.analysis.tasks.sizes import Counted

HEAD = ("data set", "architecture", "rival", "rival's {}", "RTS", "difference", "interval", "p", "outcome")
"""Titles of the columns; {} is what the metric measures."""


@dataclass(frozen=True)
class TaskTable:
    """Several confirmed sweeps in one table."""

    cells: Sequence[Cell]

    @property
    def metric(self) -> Metric:
        """The metric of all sweeps."""
        return self.cells[0].metric

    @property
    def head(self) -> list[str]:
        """Titles of the columns."""
        return [title.format(self.metric.words) for title in HEAD]

    @cached_property
    def sizes(self) -> list[Mapping[str, "Counted"]]:
        """The sizes of the models of each cell, by method. It loads torch, and data of sweeps of earlier versions."""
        from rts_search.analysis.tasks.sizes import sizes_of

        return [sizes_of(cell) for cell in self.cells]

    def figure(self) -> Figure | None:
        """Values against the sizes of the models; None where no size is known."""
        return against_size(self.cells, self.sizes)

    @cached_property
    def family(self) -> Family:
        """All comparisons, corrected together."""
        return judged(self.cells)

    def rows(self) -> list[list[str]]:
        """One row for each cell and rival, then one for the mean over the tasks for each rival."""
        rows = []
        for cell, found in zip(self.cells, self.family.cells, strict=True):
            for name, judgement in found.items():
                sample = cell.samples[name]
                sides = [_measured(side, cell.metric) for side in (sample.baseline, sample.contender)]
                rows.append([cell.dataset, cell.model, name, *sides, *_told(judgement, cell.metric)])
        rows += [
            [f"mean of {pooled.tasks}", "", name, "", "", *_told(pooled.judgement, self.metric)]
            for name, pooled in self.family.pooled.items()
        ]
        return rows

    def sentences(self) -> list[str]:
        """What the table establishes, in plain sentences."""
        lines = [self._over(name) for name in self.family.pooled]
        tasks, rivals = counted(len(self.cells), "task"), sum(len(found) for found in self.family.cells)
        wins = sum(one.outcome == BETTER for found in self.family.cells for one in found.values())
        losses = sum(one.outcome == WORSE for found in self.family.cells for one in found.values())
        lines.append(f"Of {rivals} single comparisons on {tasks}, RTS wins {wins} and loses {losses}.")
        for cell in self.cells:
            if (found := interaction_of(cell)) is not None:
                lines.append(f"{cell.sweep}: {found.sentences(cell.metric)}")
        lines.append(
            f"All comparisons are corrected together: at most {100 * self.family.alpha:.2g} % of such tables call "
            "anything better that is not, and as many anything worse. An interval excludes 0 where its comparison is "
            "established. Values are on the test part: mean ± standard deviation over seeds; differences are paired by "
            "seed."
        )
        return lines

    def markdown(self) -> str:
        """The table as a page."""
        return "\n".join([*(f"- {line}" for line in self.sentences()), "", *markdown_table(self.head, self.rows()), ""])

    def latex(self) -> str:
        """The table for LaTeX with the package booktabs."""
        rows, singles = self.rows(), sum(len(found) for found in self.family.cells)
        columns = "lll" + "r" * (len(HEAD) - 4) + "l"
        return f"{PACKAGES}\n{latex_table(self.head, [rows[:singles], rows[singles:]], columns)}"

    def frame(self) -> pd.DataFrame:
        """One row per comparison with plain numbers, differences as shares."""
        rows: list[dict[str, Any]] = []
        for cell, found, sizes in zip(self.cells, self.family.cells, self.sizes, strict=True):
            for name, one in found.items():
                sample = cell.samples[name]
                facts = {"sweep": cell.sweep, "dataset": cell.dataset, "model": cell.model, "rival": name}
                numbers = {"seeds": len(sample.contender), **_moments("rts", sample.contender, cell)}
                costs = dict(zip(("rts_cost", "rival_cost"), cell.costs[name], strict=True))
                counts = {**_size("rts", sizes.get(RTS)), **_size("rival", sizes.get(name))}
                moments = _moments("rival", sample.baseline, cell)
                rows.append({**facts, **numbers, **moments, **costs, **counts, **vars(one)})
        for name, pooled in self.family.pooled.items():
            over = {"low_over_tasks": pooled.low, "high_over_tasks": pooled.high}
            rows.append({"sweep": f"mean of {pooled.tasks}", "rival": name, **vars(pooled.judgement), **over})
        frame = pd.DataFrame(rows)
        whole_numbers = ("seeds", "_parameters", "_multiply_adds")
        whole = [name for name in map(str, frame) if name.endswith(whole_numbers)]
        return frame.astype(dict.fromkeys(whole, "Int64"))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        rows = [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in self.frame().to_dict("records")
        ]
        return {"sentences": self.sentences(), "alpha": self.family.alpha, "rows": rows}

    def _over(self, name: str) -> str:
        pooled = self.family.pooled[name]
        one, told = pooled.judgement, self.metric.amount
        if one.difference is None:
            return f"Against {name}, there is no mean over the tasks, since a run diverged or is missing."
        mean = f"{told(one.difference, True)} ({told(one.low or 0.0, True)} to {told(one.high or 0.0, True)})"
        claim = {BETTER: "RTS is better than", WORSE: "RTS is worse than"}.get(one.outcome)
        said = f"{claim} {name} on average" if claim else f"No mean difference to {name} is established"
        like = ""
        if pooled.low is not None and pooled.high is not None:
            like = f"; over tasks like these, from {told(pooled.low, True)} to {told(pooled.high, True)} (95 %)"
        return f"{said}: {mean} over these {pooled.tasks} tasks{like}."


def _measured(values: Accuracies, metric: Metric) -> str:
    told = metric.gain(1.0) * values[~np.isnan(values)]
    if not len(told):
        return "diverged"
    spread = f" ± {metric.amount(float(told.std(ddof=1)))}" if len(told) > 1 else ""
    return f"{metric.amount(float(told.mean()))}{spread}"


def _moments(prefix: str, values: Accuracies, cell: Cell) -> dict[str, float | None]:
    told = cell.metric.gain(1.0) * values[~np.isnan(values)]
    spread = float(told.std(ddof=1)) if len(told) > 1 else None
    return {f"{prefix}_mean": float(told.mean()) if len(told) else None, f"{prefix}_sd": spread}


def _size(prefix: str, found: "Counted | None") -> dict[str, int | None]:
    size = found.size if found else None
    names = ("parameters", "multiply_adds")
    return {f"{prefix}_{name}": getattr(size, name) if size else None for name in names}


def _told(one: Judgement, metric: Metric) -> list[str]:
    if one.difference is None or one.low is None or one.high is None:
        return ["", "", f"{one.p:.2g}", one.outcome]
    ends = f"{metric.amount(one.low, True)} to {metric.amount(one.high, True)}"
    return [metric.amount(one.difference, True), ends, f"{one.p:.2g}", one.outcome]
