"""One of the sweeps of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rts_search.analysis.confirmation.current import CurrentVerdict, read_verdict
from rts_search.analysis.confirmation.tested_runs import at_least, label_of, runs_of
from rts_search.analysis.figures import SweepView
from rts_search.study.confirmation_study import ConfirmationStudy, has_diverged
from rts_search.study.status import read_status
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS


@dataclass(frozen=True)
class Side:
    """One of the sweeps, with its trials, its status and its verdict."""

    study: SweepStudy
    entries: Sequence[TrialEntry]
    facts: dict[str, Any]
    """The status, as `rts-search status --json` gives it."""
    current: CurrentVerdict
    test_acc: dict[int, float]
    """Value of the sweep's metric on the test part of the confirmed winner, by seed; NaN where it diverged. Empty
    without a verdict."""
    rivals: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Arm -> the same of the runs with which its verdict compares the winner; NaN where one diverged."""

    @classmethod
    def of(cls, name: str, workspace: Workspace) -> "Side":
        """Read a sweep by its name. Raises: UserError."""
        study = workspace.load(name)
        entries, facts = read_status(study, workspace)
        current = read_verdict(study, entries, workspace.storage_url)
        if current.verdict is None:
            return cls(study, entries, facts, current, {})
        confirmation = ConfirmationStudy.load(workspace.storage_url, name)
        own = _by_seed(confirmation, current.verdict["winner"])
        return cls(study, entries, facts, current, own, _rivals(confirmation, current.verdict))

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
        return f"`{self.study.judge}`{since}"

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

    @cached_property
    def arms(self) -> list[str]:
        """The methods of the sweep: rts, then its baselines, tuned or not."""
        listed = (baseline.name for baseline in self.study.sweep.baselines)
        return [*dict.fromkeys([RTS, *listed, *(entry.arm for entry in self.entries)])]

    def of_arm(self, arm: str) -> list[TrialEntry]:
        """The trials of a method."""
        return [entry for entry in self.entries if entry.arm == arm]

    @property
    def charged(self) -> int:
        """Gradient evaluations of all trials of rts, by which sweeps are compared: epochs that a trial took over from
        another one, of this sweep or of another, count as if it had trained them."""
        return sum(entry.cost for entry in self.of_arm(RTS))

    def reached(self, charged: int) -> float | None:
        """Best value of the trials of rts that ended before more gradient evaluations than this were charged."""
        values = (value for cost, value in self.view.progress if cost <= charged and value is not None)
        return max(values, key=self.view.metric.gain, default=None)


def _rivals(confirmation: ConfirmationStudy, verdict: Mapping[str, Any]) -> dict[str, list[float]]:
    runs = runs_of(confirmation, confirmation.confirmed.objective.measure)
    own, found = runs.get(str(verdict["winner"]), {}), dict[str, list[float]]()
    for one in verdict["comparisons"]:
        if one["trial"] == verdict["winner"]:
            others = runs.get(label_of(one["baseline"], one.get("baseline_trial")), {})
            seeds = sorted(own.keys() & others.keys())
            found[one["baseline"]] = [at_least(others[seed], own[seed][0][1])[0] for seed in seeds]
    return found


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
