"""Two sweeps side by side: what differs, what each has reached at equal cost, and what is established."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rts_search.analysis.confirmation.current import CurrentVerdict, read_verdict
from rts_search.analysis.confirmation.statistics import interval
from rts_search.analysis.figures import Figure, SweepView
from rts_search.analysis.figures.accuracy import progress
from rts_search.analysis.report.rendering import render
from rts_search.analysis.tables import markdown_table
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_study import ConfirmationStudy, has_diverged
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.overrides import flatten

NEAR = 0.05
"""Costs of two configs that differ by no more than this share are told as nearly equal."""


LEVEL = 0.95
"""Of the interval between two winners."""


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences of test accuracy, with its interval at LEVEL by Student's t."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Side:
    """One of the two sweeps."""

    study: SweepStudy
    entries: Sequence[TrialEntry]
    facts: dict[str, Any]
    """As `status` tells them."""
    current: CurrentVerdict
    test_acc: dict[int, float]
    """Seed -> test accuracy of the confirmed winner; NaN where it diverged."""

    @classmethod
    def of(cls, name: str, workspace: Workspace) -> "Side":
        """A sweep by its name. Raises: UserError."""
        study = workspace.load(name)
        entries = study.trials()
        facts = status_of(study, entries, workspace.results.sweep(name).driver())
        current = read_verdict(study, entries, workspace.storage_url)
        if current.verdict is None:
            return cls(study, entries, facts, current, {})
        planned = ConfirmationStudy.load(workspace.storage_url, name)
        return cls(study, entries, facts, current, _by_seed(planned, current.verdict["winner"]))

    @cached_property
    def view(self) -> SweepView:
        """As the figures see it."""
        return SweepView.of(self.study, self.entries, self.current.verdict)

    @property
    def name(self) -> str:
        """Of the sweep."""
        return self.study.name

    @property
    def way_to_verdict(self) -> str:
        """The command that leads to one, and why it is needed again."""
        since = " (its verdict holds no more)" if self.current.outdated else ""
        return f"`rts-search confirm {self.name}`{since}"

    @property
    def cost(self) -> int | None:
        """Gradient evaluations of a run of its best config: the confirmed winner's as measured, or the best trial's."""
        verdict = self.current.verdict
        measured = [one["gradient_evaluations"] for one in (verdict or {}).get("comparisons", ())]
        if measured and measured[0] is not None:
            return round(float(measured[0]))
        best = self.entries[verdict["winner"]] if verdict else next(iter(self.view.best), None)
        return best.epochs[-1].gradient_evaluations if best else None

    def reached(self, spent: int) -> float | None:
        """The highest val_acc of the trials that had ended when so many gradient evaluations were spent."""
        return max((value for cost, value in self.view.progress if cost <= spent and value is not None), default=None)


@dataclass(frozen=True)
class Comparison:
    """Two sweeps."""

    first: Side
    second: Side

    @property
    def differing(self) -> dict[str, tuple[Any, Any]]:
        """Settings of the sweep files that are not the same; None where one has none."""
        one, other = (flatten(side.study.sweep.to_dict()) for side in (self.first, self.second))
        names = [name for name in {**one, **other} if name != "name"]
        return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}

    @property
    def obstacles(self) -> list[str]:
        """Why accuracies of the two cannot be compared; empty when they can."""
        one, other = self.first.study, self.second.study
        found = []
        if one.data.fingerprint != other.data.fingerprint:
            found.append("their data differ")
        if one.sweep.objective.rule != other.sweep.objective.rule:
            found.append(f"one counts the {one.sweep.objective.rule} epoch, the other the {other.sweep.objective.rule}")
        return found

    @property
    def shared_epochs(self) -> int:
        """Epochs that are part of both, trained once when they use one store."""
        one, other = ({e.key for entry in side.entries for e in entry.epochs} for side in (self.first, self.second))
        return len(one & other)

    @property
    def spent(self) -> int:
        """Gradient evaluations after which both are looked at: all that the cheaper one has spent."""
        return min(int(side.facts["gradient_evaluations_spent"]) for side in (self.first, self.second))

    @cached_property
    def seeds(self) -> list[int]:
        """Seeds on which both winners were measured on the test part."""
        return sorted(self.first.test_acc.keys() & self.second.test_acc.keys())

    @cached_property
    def difference(self) -> Difference | None:
        """The first winner's test accuracy less the second's on common seeds.

        None where there are not two such seeds, or a winner diverged on one: the rest alone would flatter it.
        """
        if self.obstacles or len(self.seeds) < 2 or self._diverged:
            return None
        one, other = (np.array([side.test_acc[seed] for seed in self.seeds]) for side in (self.first, self.second))
        differences = one - other
        return Difference(float(differences.mean()), *interval(differences, LEVEL, self._image))

    @property
    def _image(self) -> float:
        """What one image of the test part counts."""
        return 1.0 / self.first.study.data.test_images

    @property
    def _diverged(self) -> list[str]:
        """The sweeps whose winner diverged on a common seed."""
        sides = (self.first, self.second)
        return [side.name for side in sides if any(np.isnan(side.test_acc[seed]) for seed in self.seeds)]

    def sentence(self) -> str:
        """What is established, in plain words."""
        if self.obstacles:
            return f"The accuracies of {self._names} cannot be compared: {'; '.join(self.obstacles)}."
        if self._diverged:
            return (
                f"The winner of {' and that of '.join(self._diverged)} diverged on a common seed: nothing is claimed."
            )
        if self.difference is None:
            open_ones = [side for side in (self.first, self.second) if side.current.verdict is None]
            way = (
                " and ".join(side.way_to_verdict for side in open_ones)
                if open_ones
                else f"they have {len(self.seeds)} seeds in common and need 2"
            )
            return f"Which of {self._names} has found the better config is not established; confirm them first: {way}."
        low, high = self.difference.low, self.difference.high
        basis = f"{len(self.seeds)} common seeds{self._costs}; this comparison alone, not corrected for others"
        if low <= 0.0 <= high:
            return (
                f"Between the winners of {self._names} no difference is established (95 % interval {100 * low:+.2f} "
                f"to {100 * high:+.2f} points, {basis})."
            )
        better, worse = (self.first, self.second) if low > 0.0 else (self.second, self.first)
        near, far = sorted((abs(low), abs(high)))
        return (
            f"The winner of {better.name} beats that of {worse.name} by {100 * abs(self.difference.mean):.2f} points "
            f"(95 % interval {100 * near:.2f} to {100 * far:.2f}, {basis})."
        )

    @property
    def _names(self) -> str:
        return f"{self.first.name} and {self.second.name}"

    @property
    def _costs(self) -> str:
        one, other = self.first.cost or 0, self.second.cost or 0
        if one == other:
            return ", equal cost"
        if abs(one - other) <= NEAR * max(one, other):
            return ", nearly equal cost"
        return f", at {one:,} and {other:,} gradient evaluations a run, which is not equal"

    def rows(self) -> list[tuple[str, str, str]]:
        """What is told of both: what, of the first, of the second."""
        told = [(side.name, *_told(side, self.spent)) for side in (self.first, self.second)]
        names = ("", *(name for name, _ in _LINES), f"val_acc at {self.spent:,} spent")
        return list(zip(names, *told, strict=True))

    def markdown(self) -> str:
        """To be read."""
        head, *rows = self.rows()
        settings = [[name, shown(one), shown(other)] for name, (one, other) in self.differing.items()]
        parts = [self.sentence(), "", *markdown_table(head, rows), ""]
        if settings:
            parts += [*markdown_table(["setting", self.first.name, self.second.name], settings), ""]
        parts += [f"{self.shared_epochs:,} epochs are part of both.", ""]
        return "\n".join(parts)

    def figure(self) -> Figure | None:
        """What each had reached for what it had spent."""
        return progress([self.first.view, self.second.view])

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sentence": self.sentence(),
            "obstacles": self.obstacles,
            "sweeps": [
                {**side.facts, "val_acc_at_equal_spending": side.reached(self.spent), "cost_of_best": side.cost}
                for side in (self.first, self.second)
            ],
            "spent": self.spent,
            "shared_epochs": self.shared_epochs,
            "differing": {name: list(values) for name, values in self.differing.items()},
            "seeds": self.seeds,
            "difference": None if self.difference is None else asdict(self.difference),
        }

    def page(self) -> str:
        """As one HTML file. Raises: UserError."""
        return render("compare.html", compared=self, figure=self.figure(), shown=shown)


def compare(first: str, second: str, workspace: Workspace) -> Comparison:
    """Two sweeps of one database. Raises: UserError."""
    if first == second:
        raise UserError(f"{second}: must be another sweep than the first")
    return Comparison(Side.of(first, workspace), Side.of(second, workspace))


_LINES = (
    ("state", lambda facts: facts["state"]),
    ("trials completed", lambda facts: f"{facts['completed']} of {facts['trials']}"),
    ("stopped early", lambda facts: f"{facts['stopped_early']}"),
    ("gradient evaluations charged", lambda facts: f"{facts['gradient_evaluations']:,}"),
    ("gradient evaluations spent", lambda facts: f"{facts['gradient_evaluations_spent']:,}"),
    ("best val_acc", lambda facts: _percent(facts["best"] and facts["best"]["val_acc"])),
)


def _told(side: Side, spent: int) -> list[str]:
    return [*(told(side.facts) for _, told in _LINES), _percent(side.reached(spent))]


def _by_seed(planned: ConfirmationStudy, winner: int) -> dict[int, float]:
    tested = planned.test_accuracies()
    found = {}
    for entry in planned.trials():
        if entry.baseline == str(winner) and entry.config is not None:
            seed = entry.config["training"]["seed"]
            if entry.number in tested:
                found[seed] = float(tested[entry.number]["test_acc"])
            elif has_diverged(entry) and seed not in planned.screening:
                found[seed] = float("nan")
    return found


def _percent(accuracy: float | None) -> str:
    return "" if accuracy is None else f"{100 * accuracy:.2f} %"


def shown(value: Any) -> str:
    """A setting's value, to be read."""
    return "" if value is None else f"{value}"
