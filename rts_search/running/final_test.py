"""The test accuracies of a sweep: read once, for the best trial and the baselines, when all trials have ended.

The workers that trained the trials read them, so that no process has to start for it.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rts_search.study.ranking import best_trials
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from trainables.order import TrialOrder


def tested_entries(study: SweepStudy) -> list[TrialEntry]:
    """The completed baselines, and the best trial of the search if one is completed."""
    entries = study.trials()
    baselines = [entry for entry in entries if entry.baseline and entry.completed]
    return [*baselines, *best_trials(entries, study.sweep.objective.rule)[:1]]


class FinalTest:
    """Orders for test accuracies, and what came of them."""

    def __init__(self, study: SweepStudy, order: Callable[[TrialEntry], dict[str, Any]]) -> None:
        """`order`: makes the order of a trial's training, from which that of its test is made."""
        self._study, self._order = study, order
        self._waiting: deque[TrialEntry] | None = None
        self._running: dict[str, TrialEntry] = {}
        self.failed: dict[int, str] = {}
        """Trial number -> why its test accuracy could not be read, in one line."""

    @property
    def begun(self) -> bool:
        """Whether `next` has been called."""
        return self._waiting is not None

    @property
    def over(self) -> bool:
        """Whether every test accuracy has been read, or could not be; never before the first call of `next`."""
        return self._waiting is not None and not self._waiting and not self._running

    def next(self, worker: str) -> dict[str, Any] | None:
        """The next order, for a worker of this name. Called when all trials have ended, never before."""
        if self._waiting is None:
            rule, done = self._study.sweep.objective.rule, self._study.test_accuracies()
            self._waiting = deque(
                entry
                for entry in tested_entries(self._study)
                if done.get(entry.number, {}).get("epochs") != entry.chosen_epochs(rule)
            )
        if not self._waiting:
            return None
        entry = self._waiting.popleft()
        self._running[worker] = entry
        return test_order(self._order(entry), self._epochs(entry))

    def hear(self, worker: str, report: Mapping[str, Any]) -> bool:
        """Take a report; False if it is not that of a test.

        A trial whose pretrained weights are gone stays untested and counts as no failure.
        """
        entry = self._running.pop(worker, None)
        if entry is None:
            return False
        if report["outcome"] != "test":
            self.failed[entry.number] = report["reason"]
        elif report["test_acc"] is not None:
            self._study.record_test(entry.number, self._epochs(entry), report["test_acc"])
        return True

    def lost(self, worker: str, cause: str) -> bool:
        """A worker died; False if it was not at a test."""
        entry = self._running.pop(worker, None)
        if entry is None:
            return False
        self.failed[entry.number] = cause or "its worker died"
        return True

    def _epochs(self, entry: TrialEntry) -> int:
        return entry.chosen_epochs(self._study.sweep.objective.rule)


def test_order(order: dict[str, Any], epochs: int) -> dict[str, Any]:
    """The order that reads the test part with the state after so many epochs of a trial."""
    trial = replace(TrialOrder.from_dict(order["order"]), tested_epochs=epochs)
    return {**order, "order": trial.to_dict()}
