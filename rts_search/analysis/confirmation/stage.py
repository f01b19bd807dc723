"""What screening and measurement have in common: train what is planned, and refuse to judge while runs are missing."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from rts_search.analysis.confirmation.measured import missing_runs
from rts_search.analysis.confirmation.pairs import Run
from rts_search.basics.errors import UserError
from rts_search.basics.sizes import counted
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.planned_runs import MOST_TRIES
from rts_search.study.trials import TrialEntry
from rts_search.sweep.confirm_section import ConfirmConfig

Train = Callable[[ConfirmationStudy, str], None]
"""Trains all planned runs that have not ended; the text says what they are for."""
Test = Callable[[ConfirmationStudy, Sequence[TrialEntry]], Mapping[int, str]]
"""Measures the test accuracy of these runs, each once. Returns the cause for each number of a run where that failed."""


@dataclass(frozen=True)
class Stage:
    """A confirmation while it trains and tests runs."""

    study: ConfirmationStudy
    settings: ConfirmConfig
    used_seeds: Set[int]
    """Seeds of the sweep's own trials, which are never used again."""
    train: Train
    test: Test

    @property
    def used_up(self) -> str | None:
        """The limit of the budget that is reached, such as `170 gradient evaluations`; None while there is room."""
        return self.study.meter().exhausted()

    def seeds(self, purpose: str, number: int) -> list[int]:
        """The first `number` seeds of a purpose, `screening` or `measuring`."""
        return self.study.seeds(purpose, number, self.used_seeds)

    def train_planned(self, purpose: str) -> None:
        """Train what is planned, unless all of it has ended or the budget is used up."""
        if not self.study.ended and self.used_up is None:
            self.train(self.study, purpose)

    def require_ended(self, runs: Sequence[Run], what: str) -> None:
        """Refuse to go on while lost runs will be tried again, or after the budget ended too early. Raises:
        UserError."""
        lost = [run for run in runs if run.lost and not run.given_up]
        if lost:
            unique = {run.entry.number: (_method(run.entry), run) for run in lost if run.entry is not None}
            raise UserError(
                f"{self.study.name}: {counted(len(unique), 'run')} of {what} lost, so nothing is judged yet: "
                f"{missing_runs(list(unique.values()))}; remove the cause and try again with `{self.study.go_on}`"
            )
        if self.used_up is not None and not all(run.ended for run in runs):
            raise UserError(
                f"{self.study.name}: confirm.budget: {self.used_up} are used up before {what} was complete; "
                f"raise it: {self.study.go_on} --set budget.hours=10, or .gradient_evaluations or .gpu_hours"
            )

    def require_tested(self, runs: Sequence[Run], failed: Mapping[int, str]) -> None:
        """Refuse to judge while runs whose test failed will be tested again. Raises: UserError."""
        missing = {run.entry.number: run for run in runs if run.complete and run.test_acc is None and run.entry}
        self.study.note_untested(missing)
        again = [number for number in missing if self.study.untested(number) < MOST_TRIES]
        if again:
            causes = dict.fromkeys(failed.get(number, "their pretrained weights are missing") for number in again)
            raise UserError(
                f"{self.study.name}: {counted(len(again), 'run')} could not be tested, so nothing is judged yet: "
                f"{'; '.join(causes)}; remove the cause and try again with `{self.study.go_on}`"
            )


def _method(entry: TrialEntry) -> str:
    return f"trial {entry.baseline}" if entry.baseline.isdigit() else entry.baseline
