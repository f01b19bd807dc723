"""One of the two sweeps of a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rts_search.analysis.confirmation.current import CurrentVerdict, read_verdict
from rts_search.analysis.figures import SweepView
from rts_search.study.confirmation_study import ConfirmationStudy, has_diverged
from rts_search.study.status import read_status
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace


@dataclass(frozen=True)
class Side:
    """One of the two sweeps, with its trials, its status and its verdict."""

    study: SweepStudy
    entries: Sequence[TrialEntry]
    facts: dict[str, Any]
    """The status, as `rts-search status --json` gives it."""
    current: CurrentVerdict
    test_acc: dict[int, float]
    """Value of the sweep's metric on the test part of the confirmed winner, by seed; NaN where it diverged. Empty
    without a verdict."""

    @classmethod
    def of(cls, name: str, workspace: Workspace) -> "Side":
        """Read a sweep by its name. Raises: UserError."""
        study = workspace.load(name)
        entries, facts = read_status(study, workspace)
        current = read_verdict(study, entries, workspace.storage_url)
        if current.verdict is None:
            return cls(study, entries, facts, current, {})
        confirmation = ConfirmationStudy.load(workspace.storage_url, name)
        return cls(study, entries, facts, current, _by_seed(confirmation, current.verdict["winner"]))

    @cached_property
    def view(self) -> SweepView:
        """The sweep as the figures need it."""
        return SweepView.of(self.study, self.entries, self.current.verdict)

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return self.study.name

    @property
    def way_to_verdict(self) -> str:
        """The command that confirms the sweep; says when an earlier verdict is outdated."""
        since = " (its verdict is outdated)" if self.current.outdated else ""
        return f"`rts-search confirm {self.name}`{since}"

    @property
    def cost(self) -> int | None:
        """Gradient evaluations of one run of the best config: measured for a confirmed winner, else of the best
        trial."""
        verdict = self.current.verdict
        measured = [one["gradient_evaluations"] for one in (verdict or {}).get("comparisons", ())]
        if measured and measured[0] is not None:
            return round(float(measured[0]))
        best = self.entries[verdict["winner"]] if verdict else next(iter(self.view.best), None)
        return best.cost if best else None

    def reached(self, spent: int) -> float | None:
        """Best value of the trials that ended before the sweep had spent more gradient evaluations than this."""
        values = (value for cost, value in self.view.progress if cost <= spent and value is not None)
        return max(values, key=self.view.metric.gain, default=None)


def _by_seed(confirmation: ConfirmationStudy, winner: int) -> dict[int, float]:
    tested = confirmation.test_accuracies()
    found = {}
    for entry in confirmation.trials():
        if entry.baseline == str(winner) and entry.config is not None:
            seed = entry.config["training"]["seed"]
            if entry.number in tested:
                found[seed] = float(tested[entry.number][confirmation.confirmed.objective.measure.test])
            elif has_diverged(entry) and seed not in confirmation.screening:
                found[seed] = float("nan")
    return found
