"""The interface of objects that show or record the progress of a running sweep."""

from dataclasses import dataclass
from typing import Protocol

from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sections import ResourcesConfig


class Watcher(Protocol):
    """Is called with the progress of a running sweep, by one thread of the driver at a time."""

    def started(self, concurrent: int, cpus: float, gpus: float, each: ResourcesConfig) -> None:
        """Called once at the beginning.

        Args:
            concurrent: trials that train at the same time.
            cpus: CPUs of all nodes together.
            gpus: GPUs of all nodes together.
            each: the resources of each trial.
        """

    def trial_began(self, entry: TrialEntry) -> None:
        """Called when a trial begins or continues."""

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """Called after every epoch, trained or read from the store. `notes`: lines for the user."""

    def trial_lost(self, entry: TrialEntry, reason: str) -> None:
        """Called when a trial was interrupted. It continues later, maybe in another worker."""

    def trial_held(self, entry: TrialEntry) -> None:
        """Called when a trial was stopped early for now. It continues if it is promoted."""

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Called when a trial ended. `state`: COMPLETE, PRUNED or FAIL."""

    def note(self, line: str) -> None:
        """Called with one line for the user."""

    def phase(self, doing: str) -> None:
        """Called when the driver begins a step that may take more than a second, such as loading the data."""


@dataclass
class PassingOn(Watcher):
    """Passes every call to another watcher. Subclasses add to some calls."""

    watcher: Watcher

    def started(self, concurrent: int, cpus: float, gpus: float, each: ResourcesConfig) -> None:
        """Pass the call on."""
        self.watcher.started(concurrent, cpus, gpus, each)

    def trial_began(self, entry: TrialEntry) -> None:
        """Pass the call on."""
        self.watcher.trial_began(entry)

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """Pass the call on."""
        self.watcher.epoch_done(entry, epoch, notes)

    def trial_lost(self, entry: TrialEntry, reason: str) -> None:
        """Pass the call on."""
        self.watcher.trial_lost(entry, reason)

    def trial_held(self, entry: TrialEntry) -> None:
        """Pass the call on."""
        self.watcher.trial_held(entry)

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Pass the call on."""
        self.watcher.trial_ended(entry, state, reason)

    def note(self, line: str) -> None:
        """Pass the call on."""
        self.watcher.note(line)

    def phase(self, doing: str) -> None:
        """Pass the call on."""
        self.watcher.phase(doing)
