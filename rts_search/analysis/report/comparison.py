"""Two sweeps side by side: settings that differ, accuracy at equal spending, and what their winners establish."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rts_search.analysis.figures import Figure
from rts_search.analysis.figures.accuracy import progress
from rts_search.analysis.formats import markdown_table
from rts_search.analysis.report.rendering import render
from rts_search.analysis.report.side import Side
from rts_search.analysis.report.winners import Winners
from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace
from rts_search.sweep.overrides import flatten


@dataclass(frozen=True)
class Comparison:
    """Two sweeps."""

    first: Side
    second: Side

    @cached_property
    def winners(self) -> Winners:
        """What the confirmations of both establish."""
        return Winners(self.first, self.second)

    @property
    def differing(self) -> dict[str, tuple[Any, Any]]:
        """Settings of the sweep files that differ, by dotted name; None where a file does not have the setting."""
        one, other = (flatten(side.study.sweep.to_dict()) for side in (self.first, self.second))
        names = [name for name in {**one, **other} if name != "name"]
        return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}

    @property
    def shared_epochs(self) -> int:
        """Number of epochs that occur in both. With one store they are trained once."""
        one, other = ({e.key for entry in side.entries for e in entry.epochs} for side in (self.first, self.second))
        return len(one & other)

    @property
    def spent(self) -> int:
        """Gradient evaluations that the cheaper sweep has spent: both are compared at this spending."""
        return min(int(side.facts["gradient_evaluations_spent"]) for side in (self.first, self.second))

    @property
    def metrics(self) -> str:
        """Name of the metric, or both names where the sweeps have different ones."""
        return " and ".join(dict.fromkeys(side.view.metric.name for side in (self.first, self.second)))

    def rows(self) -> list[tuple[str, str, str]]:
        """The table of both: quantity, value of the first sweep, value of the second."""
        columns = [(side.name, *_column(side, self.spent)) for side in (self.first, self.second)]
        names = ("", *(name for name, _ in _LINES), f"best {self.metrics}", f"{self.metrics} at {self.spent:,} spent")
        return list(zip(names, *columns, strict=True))

    def markdown(self) -> str:
        """The comparison in Markdown."""
        head, *rows = self.rows()
        settings = [[name, shown(one), shown(other)] for name, (one, other) in self.differing.items()]
        parts = [self.winners.sentence(), "", *markdown_table(head, rows), ""]
        if settings:
            parts += [*markdown_table(["setting", self.first.name, self.second.name], settings), ""]
        parts += [f"Both have {self.shared_epochs:,} epochs in common.", ""]
        return "\n".join(parts)

    def figure(self) -> Figure | None:
        """The best value of both sweeps against what they had spent; None where their metrics differ."""
        if self.first.view.metric != self.second.view.metric:
            return None
        return progress([self.first.view, self.second.view])

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values."""
        winners = self.winners
        return {
            "sentence": winners.sentence(),
            "obstacles": winners.obstacles,
            "sweeps": [
                {
                    **side.facts,
                    "metric": side.view.metric.name,
                    "value_at_equal_spending": side.reached(self.spent),
                    "cost_of_best": side.cost,
                }
                for side in (self.first, self.second)
            ],
            "spent": self.spent,
            "shared_epochs": self.shared_epochs,
            "differing": {name: list(values) for name, values in self.differing.items()},
            "seeds": winners.seeds,
            "difference": None if winners.difference is None else asdict(winners.difference),
        }

    def page(self) -> str:
        """The comparison as one HTML file. Raises: UserError."""
        return render("compare.html", compared=self, figure=self.figure(), shown=shown)


def compare(first: str, second: str, workspace: Workspace) -> Comparison:
    """Compare two sweeps of one database. Raises: UserError."""
    if first == second:
        raise UserError(f"{second}: must be another sweep than the first")
    return Comparison(Side.of(first, workspace), Side.of(second, workspace))


def shown(value: Any) -> str:
    """The value of a setting as text; empty for None."""
    return "" if value is None else f"{value}"


_LINES = (
    ("state", lambda facts: facts["state"]),
    ("trials completed", lambda facts: f"{facts['completed']} of {facts['trials']}"),
    ("stopped early", lambda facts: f"{facts['stopped_early']}"),
    ("gradient evaluations charged", lambda facts: f"{facts['gradient_evaluations']:,}"),
    ("gradient evaluations spent", lambda facts: f"{facts['gradient_evaluations_spent']:,}"),
)


def _column(side: Side, spent: int) -> list[str]:
    shown, best = side.view.metric.shown, side.facts["best"]
    return [*(value(side.facts) for _, value in _LINES), shown(best and best["value"]), shown(side.reached(spent))]
