"""The interface of all trackers, and the names and numbers that they log."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.overrides import flatten
from trainables.core.history.record import EpochRecord


@dataclass(frozen=True)
class TrackedSweep:
    """The sweep whose trials are logged. Another one may have its name, in another results folder."""

    name: str
    identity: str
    """12 hexadecimal digits that no other sweep has."""
    named_runs: int = 0
    """Number of trials, the first ones, whose runs earlier versions knew by the sweep's name alone."""

    @property
    def unique_name(self) -> str:
        """The name with the identity; the name alone for a sweep that an earlier version has begun to log so."""
        return self.name if self.named_runs else f"{self.name}-{self.identity}"

    def run_id(self, number: int) -> str:
        """An id of a trial's run that no other sweep has."""
        return f"{self.name}-{number}" if number < self.named_runs else f"{self.name[:40]}-{self.identity}-{number}"


class Tracker(Protocol):
    """Logs one run for every trial. A resumed sweep may report an epoch again."""

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """Called after every epoch of a trial."""

    def ended(self, entry: TrialEntry, state: str) -> None:
        """Called when a trial has ended (`state`: COMPLETE, PRUNED or FAIL) or may continue later (RUNNING)."""

    def close(self) -> None:
        """Called when the sweep has ended."""


def run_name(entry: TrialEntry) -> str:
    """The name of a trial's run: its number in six digits, and its baseline, tuned or not, if it is one."""
    return f"{entry.number:06d}{'' if entry.arm == RTS else f'-{entry.arm}'}"


def settings(entry: TrialEntry) -> dict[str, Any]:
    """Dotted name -> value, for all settings of a trial."""
    return flatten(entry.config or {})


def figures(record: EpochRecord) -> dict[str, float]:
    """Name -> value, for all numbers in the record of an epoch."""
    values = {name: value for name, value in asdict(record).items() if name not in ("epoch", "phase")}
    return {name: float(value) for name, value in values.items() if value is not None}
