"""What a running sweep reports, and who may listen."""

from dataclasses import dataclass
from typing import Protocol

from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sections import ResourcesConfig


class Watcher(Protocol):
    """Hears of everything that happens in a sweep while it runs, in the driver's main thread."""

    def started(self, concurrent: int, cpus: float, gpus: float, each: ResourcesConfig) -> None:
        """The sweep begins on so many trials at a time, with these resources in all and for each."""

    def trial_began(self, entry: TrialEntry) -> None:
        """A trial starts or is taken up again."""

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """A trial has one more epoch, trained or replayed; `notes` are for the user."""

    def trial_lost(self, entry: TrialEntry, reason: str) -> None:
        """A trial was cut off, for this reason; it goes on elsewhere."""

    def trial_held(self, entry: TrialEntry) -> None:
        """A trial was stopped early, and goes on if it turns out to be among the better ones."""

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """A trial ended as COMPLETE, PRUNED or FAIL."""

    def note(self, line: str) -> None:
        """Something that the user should hear of."""

    def phase(self, doing: str) -> None:
        """The driver begins something that may take more than a second."""


@dataclass
class PassingOn(Watcher):
    """Hears of a sweep for somebody else."""

    watcher: Watcher

    def started(self, concurrent: int, cpus: float, gpus: float, each: ResourcesConfig) -> None:
        """Pass it on."""
        self.watcher.started(concurrent, cpus, gpus, each)

    def trial_began(self, entry: TrialEntry) -> None:
        """Pass it on."""
        self.watcher.trial_began(entry)

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """Pass it on."""
        self.watcher.epoch_done(entry, epoch, notes)

    def trial_lost(self, entry: TrialEntry, reason: str) -> None:
        """Pass it on."""
        self.watcher.trial_lost(entry, reason)

    def trial_held(self, entry: TrialEntry) -> None:
        """Pass it on."""
        self.watcher.trial_held(entry)

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Pass it on."""
        self.watcher.trial_ended(entry, state, reason)

    def note(self, line: str) -> None:
        """Pass it on."""
        self.watcher.note(line)

    def phase(self, doing: str) -> None:
        """Pass it on."""
        self.watcher.phase(doing)
