"""Sweeps side by side: settings that differ, results at equal cost, and what their winners establish."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from rts_search.analysis.figures import Figure
from rts_search.analysis.figures.accuracy import progress
from rts_search.analysis.report.alike import require_alike
from rts_search.analysis.report.comparison_rows import Row, rows_of
from rts_search.analysis.report.comparison_table import ComparisonTable, shown
from rts_search.analysis.report.rendering import render
from rts_search.analysis.report.side import Side
from rts_search.analysis.report.winners import LEVEL, Winners, compared
from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace
from rts_search.sweep.overrides import flatten


@dataclass(frozen=True)
class Comparison:
    """Sweeps of the same data and objective."""

    sides: Sequence[Side]
    """The sweeps, at least one."""
    against: Side
    """The one of them with which all others are compared."""

    @property
    def others(self) -> list[Side]:
        """All but that one."""
        return [side for side in self.sides if side is not self.against]

    @cached_property
    def winners(self) -> list[Winners]:
        """What the confirmations establish of each other sweep."""
        return compared(self.against, self.others)

    @cached_property
    def differing(self) -> dict[str, tuple[Any, ...]]:
        """Settings of the sweep files that differ, by dotted name, in the order of the sweeps; None where a file does
        not have the setting."""
        files = [flatten(side.study.sweep.to_dict()) for side in self.sides]
        names = dict.fromkeys(name for file in files for name in file if name != "name")
        values = {name: tuple(file.get(name) for file in files) for name in names}
        return {name: found for name, found in values.items() if any(one != found[0] for one in found)}

    @property
    def shared_epochs(self) -> int:
        """Number of epochs that occur in several of the sweeps. With one store they are trained once."""
        keys = [{e.key for entry in side.entries for e in entry.epochs} for side in self.sides]
        return len(set().union(*(one & other for one, other in combinations(keys, 2))))

    @property
    def charged(self) -> int:
        """Gradient evaluations charged to the cheapest search: all are compared at this cost. A search that has not
        begun does not count."""
        return min((side.charged for side in self.sides if side.charged), default=0)

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each sweep and method."""
        return rows_of(self.sides, self.winners, self.charged)

    @cached_property
    def table(self) -> ComparisonTable:
        """The same as text."""
        metric = self.against.view.metric
        names = [side.name for side in self.sides]
        return ComparisonTable(self.rows, self.differing, names, self.against.name, metric, self.charged)

    @property
    def title(self) -> str:
        """The names of the sweeps: `one, two and three`."""
        *first, last = [side.name for side in self.sides]
        return f"{', '.join(first)} and {last}" if first else last

    def sentences(self) -> list[str]:
        """What is established, and how the table is to be read."""
        return [*self.established(), *self.hints()]

    def hints(self) -> list[str]:
        """How the table is to be read."""
        single = (
            "Best values are those of single trials of the search, each on one seed. Luck is part of them: which sweep "
            "is better, only a confirmation says."
        )
        both = f"{self.shared_epochs:,} epochs are the same in both, and were trained once."
        some = f"{self.shared_epochs:,} epochs are the same in two or more of them, and were trained once."
        common = [both if len(self.sides) == 2 else some] if self.shared_epochs else []
        return [f"{single} {self.table.costs()}", *self.table.intervals(), *self.table.left_out(), *common]

    def established(self) -> list[str]:
        """One sentence for each other sweep; one for all of those that are not confirmed."""
        open_ones = [one for one in self.winners if not one.confirmed]
        if len(open_ones) < 2:
            return [one.sentence() for one in self.winners]
        told = [one.sentence() for one in self.winners if one.confirmed]
        sides = [side for side in self.sides if side.current.verdict is None]
        ways = ", ".join(side.way_to_verdict for side in sides)
        names = ", ".join(one.second.name for one in open_ones)
        return [*told, f"Of {names} no difference to {self.against.name} is established; confirm first: {ways}."]

    def markdown(self) -> str:
        """The comparison in Markdown."""
        lines = self.sentences()
        return "\n".join([*(f"- {line}" for line in lines), "", *self.table.markdown(), *self.table.settings(), ""])

    def figure(self) -> Figure | None:
        """The best value of every sweep against the cost charged; None before a trial has ended."""
        return progress([side.view for side in self.sides])

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return {
            "sentence": " ".join(self.established()),
            "sentences": self.sentences(),
            "against": self.against.name,
            "sweeps": [
                {
                    **side.facts,
                    "metric": side.view.metric.name,
                    "charged": side.charged,
                    "value_at_equal_cost": side.reached(self.charged),
                    "cost_of_best": side.cost,
                }
                for side in self.sides
            ],
            "charged": self.charged,
            "shared_epochs": self.shared_epochs,
            "differing": {name: list(values) for name, values in self.differing.items()},
            "correction": {"method": "holm", "level": LEVEL, "differences": self.winners[0].together}
            if self.winners
            else None,
            "rows": [one.to_dict() for one in self.rows],
            **self._of_two(),
        }

    def _of_two(self) -> dict[str, Any]:
        """Of two sweeps also their common seeds, and the first minus the second."""
        if len(self.winners) != 1:
            return {}
        (one,) = self.winners
        return {"seeds": one.seeds, "difference": None if one.difference is None else asdict(one.difference)}

    def page(self) -> str:
        """The comparison as one HTML file. Raises: UserError."""
        return render("compare.html", compared=self, figure=self.figure(), shown=shown)


def compare(names: Sequence[str], workspace: Workspace, against: str | None = None) -> Comparison:
    """Compare sweeps of one database.

    Args:
        names: the sweeps, at least one.
        workspace: where they are.
        against: the one with which all others are compared; the first when left out.

    Raises:
        UserError: a sweep is named twice, is not there or has completed no trial, `against` is none of them, or they
            have different data or objectives.
    """
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise UserError(f"{twice}: must be another sweep than the first of this name; name each sweep once")
    if against is not None and against not in names:
        raise UserError(f"--against: must be one of the sweeps that are compared ({', '.join(names)}), not {against!r}")
    sides = [Side.of(name, workspace) for name in names]
    for side in sides:
        if not side.facts["completed"]:
            go_on = f"`{side.study.go_on}` goes on with it"
            way = "wait for it" if side.facts["state"] == "running" else go_on
            rule = "must have a completed trial to be compared, but has none yet"
            raise UserError(f"{side.name}: {rule}; {way}, or leave it out")
    reference = sides[0 if against is None else names.index(against)]
    require_alike(reference, sides, workspace.command("tasks", names[0], *names[1:]))
    return Comparison(sides, reference)
