"""Test accuracies, such as those of the best trial of every arm, read once when all trials have ended.

The workers that trained the trials read them, so that no new process has to start.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from trainables.order import TrialOrder


class FinalTest:
    """Hands out the orders for test accuracies, and records the results."""

    def __init__(
        self,
        study: SweepStudy,
        order: Callable[[TrialEntry], dict[str, Any]],
        tested: Callable[[], Sequence[TrialEntry]],
    ) -> None:
        """
        Args:
            study: the record of the sweep.
            order: makes the training order of a trial, which is then changed into its test order.
            tested: the trials whose test accuracy is wanted. Called when all trials have ended.
        """
        self._study, self._order, self._tested = study, order, tested
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
        """Whether every test accuracy has been read or has failed. False before the first call of `next`."""
        return self._waiting is not None and not self._waiting and not self._running

    def next(self, worker: str) -> dict[str, Any] | None:
        """The next order for the worker with this name; None when none is left. Called after all trials have ended."""
        if self._waiting is None:
            objective, done = self._study.sweep.objective, self._study.test_accuracies()
            self._waiting = deque(
                entry
                for entry in self._tested()
                if done.get(entry.number, {}).get("epochs") != entry.chosen_epochs(objective)
            )
        if not self._waiting:
            return None
        entry = self._waiting.popleft()
        self._running[worker] = entry
        return test_order(self._order(entry), self._epochs(entry))

    def hear(self, worker: str, report: Mapping[str, Any]) -> bool:
        """Record the result of a test; False if the report does not belong to a test.

        A trial whose pretrained weights are missing stays untested. This does not count as a failure.
        """
        entry = self._running.pop(worker, None)
        if entry is None:
            return False
        if report["outcome"] != "test":
            self.failed[entry.number] = report["reason"]
        elif report["test"]:
            self._study.record_test(entry.number, self._epochs(entry), report["test"])
        return True

    def lost(self, worker: str, cause: str) -> bool:
        """Record the death of a worker; False if it was not running a test."""
        entry = self._running.pop(worker, None)
        if entry is None:
            return False
        self.failed[entry.number] = cause or "its worker died"
        return True

    def _epochs(self, entry: TrialEntry) -> int:
        return entry.chosen_epochs(self._study.sweep.objective)


def test_order(order: dict[str, Any], epochs: int) -> dict[str, Any]:
    """Change a trial's training order into the order that reads the test part with its state after `epochs` epochs."""
    trial = replace(TrialOrder.from_dict(order["order"]), tested_epochs=epochs)
    return {**order, "order": trial.to_dict()}
