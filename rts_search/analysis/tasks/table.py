"""The table over tasks in Markdown, CSV and LaTeX, and as sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rts_search.analysis.confirmation.decisions import BETTER, WORSE
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.analysis.formats import markdown_table
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.family import Family, Judgement, judged
from rts_search.analysis.tasks.parts import interaction_of
from rts_search.basics.sizes import counted

SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}
"""Characters with a meaning in LaTeX -> how they are written."""
HEAD = ("data set", "architecture", "rival", "rival's accuracy", "RTS", "difference", "interval", "p", "outcome")
POINTS = 100.0


@dataclass(frozen=True)
class TaskTable:
    """Several confirmed sweeps in one table."""

    cells: Sequence[Cell]

    @cached_property
    def family(self) -> Family:
        """All comparisons, corrected together."""
        return judged(self.cells)

    def rows(self) -> list[list[str]]:
        """One row for each cell and rival, then one for the mean over the tasks for each rival."""
        rows = []
        for cell, found in zip(self.cells, self.family.cells, strict=True):
            for name, judgement in found.items():
                sample, scale = cell.samples[name], _scale(cell)
                sides = [_measured(side, cell) for side in (sample.baseline, sample.contender)]
                rows.append([cell.dataset, cell.model, name, *sides, *_told(judgement, scale)])
        rows += [
            [f"mean of {pooled.tasks}", "", name, "", "", *_told(pooled.judgement, _scale(self.cells[0]))]
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
        return "\n".join([*(f"- {line}" for line in self.sentences()), "", *markdown_table(HEAD, self.rows()), ""])

    def latex(self) -> str:
        """The table for LaTeX with the package booktabs."""
        singles = sum(len(found) for found in self.family.cells)
        rows = [" & ".join(map(escaped, row)) + r" \\" for row in self.rows()]
        middle = [r"\midrule", *rows[singles:]] if rows[singles:] else []
        return "\n".join(
            [
                "% needs \\usepackage{booktabs}",
                r"\begin{tabular}{lll" + "r" * (len(HEAD) - 4) + "l}",
                r"\toprule",
                " & ".join(map(escaped, HEAD)) + r" \\",
                r"\midrule",
                *rows[:singles],
                *middle,
                r"\bottomrule",
                r"\end{tabular}",
                "",
            ]
        )

    def frame(self) -> pd.DataFrame:
        """One row per comparison with plain numbers, differences as shares."""
        rows: list[dict[str, Any]] = []
        for cell, found in zip(self.cells, self.family.cells, strict=True):
            for name, one in found.items():
                sample = cell.samples[name]
                facts = {"sweep": cell.sweep, "dataset": cell.dataset, "model": cell.model, "rival": name}
                numbers = {"seeds": len(sample.contender), **_moments("rts", sample.contender, cell)}
                costs = dict(zip(("rts_cost", "rival_cost"), cell.costs[name], strict=True))
                rows.append({**facts, **numbers, **_moments("rival", sample.baseline, cell), **costs, **vars(one)})
        for name, pooled in self.family.pooled.items():
            over = {"low_over_tasks": pooled.low, "high_over_tasks": pooled.high}
            rows.append({"sweep": f"mean of {pooled.tasks}", "rival": name, **vars(pooled.judgement), **over})
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        rows = [
            {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()}
            for row in self.frame().to_dict("records")
        ]
        return {"sentences": self.sentences(), "alpha": self.family.alpha, "rows": rows}

    def _over(self, name: str) -> str:
        pooled = self.family.pooled[name]
        one, scale = pooled.judgement, _scale(self.cells[0])
        if one.difference is None:
            return f"Against {name}, there is no mean over the tasks, since a run diverged or is missing."
        mean = f"{scale * one.difference:+.2f} ({scale * (one.low or 0):+.2f} to {scale * (one.high or 0):+.2f})"
        claim = {BETTER: "RTS is better than", WORSE: "RTS is worse than"}.get(one.outcome)
        said = f"{claim} {name} on average" if claim else f"No mean difference to {name} is established"
        like = ""
        if pooled.low is not None and pooled.high is not None:
            like = f"; over tasks like these, from {scale * pooled.low:+.2f} to {scale * pooled.high:+.2f} (95 %)"
        return f"{said}: {mean} over these {pooled.tasks} tasks{like}."


def escaped(text: str) -> str:
    """A text for LaTeX."""
    return "".join(SPECIAL.get(sign, "$\\pm$" if sign == "±" else sign) for sign in text)


def _scale(cell: Cell) -> float:
    return POINTS if cell.metric.is_share else 1.0


def _measured(values: Accuracies, cell: Cell) -> str:
    told = cell.metric.gain(1.0) * values[~np.isnan(values)] * _scale(cell)
    if not len(told):
        return "diverged"
    spread = f" ± {told.std(ddof=1):.2f}" if len(told) > 1 else ""
    return f"{told.mean():.2f}{spread}"


def _moments(prefix: str, values: Accuracies, cell: Cell) -> dict[str, float | None]:
    told = cell.metric.gain(1.0) * values[~np.isnan(values)]
    spread = float(told.std(ddof=1)) if len(told) > 1 else None
    return {f"{prefix}_mean": float(told.mean()) if len(told) else None, f"{prefix}_sd": spread}


def _told(one: Judgement, scale: float) -> list[str]:
    if one.difference is None or one.low is None or one.high is None:
        return ["", "", f"{one.p:.2g}", one.outcome]
    ends = f"{scale * one.low:+.2f} to {scale * one.high:+.2f}"
    return [f"{scale * one.difference:+.2f}", ends, f"{one.p:.2g}", one.outcome]
