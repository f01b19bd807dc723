"""What a tracker is told."""

from dataclasses import asdict
from typing import Any, Protocol

from rts_search.study.trials import TrialEntry
from rts_search.sweep.overrides import flatten
from trainables.core.history.record import EpochRecord


class Tracker(Protocol):
    """Keeps a run for every trial; what it has been told before it may be told again."""

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """A trial has one more epoch."""

    def ended(self, entry: TrialEntry, state: str) -> None:
        """A trial has ended as COMPLETE, PRUNED or FAIL, or goes on later (RUNNING)."""

    def close(self) -> None:
        """The sweep has ended."""


def run_name(entry: TrialEntry) -> str:
    """The name of a trial's run."""
    return f"{entry.number:06d}{f'-{entry.baseline}' if entry.baseline else ''}"


def settings(entry: TrialEntry) -> dict[str, Any]:
    """A trial's settings by dotted names."""
    return flatten(entry.config or {})


def figures(record: EpochRecord) -> dict[str, float]:
    """The numbers of an epoch by name."""
    values = {name: value for name, value in asdict(record).items() if name not in ("epoch", "phase")}
    return {name: float(value) for name, value in values.items() if value is not None}
