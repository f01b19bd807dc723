"""The store of a running sweep: it stays below its limit, and at the end what is not needed goes."""

import time
from dataclasses import dataclass, field

from rts_search.errors import UserError
from rts_search.progress import Watcher
from rts_search.sizes import bytes_of
from rts_search.study import SweepStudy
from rts_search.sweep_sections import ResourcesConfig
from rts_search.trial_entry import EpochEntry, TrialEntry
from rts_search.upkeep import others_of, planned
from trainables.core.store import Store

LOOK_SECONDS = 30.0
"""How often a sweep with a limit looks how large the store is, at most."""


@dataclass
class StoreKeeper(Watcher):
    """Hears of a sweep for somebody else, and keeps the store below the sweep's limit meanwhile."""

    watcher: Watcher
    study: SweepStudy
    storage_url: str
    store: Store
    _looked: float = field(default_factory=time.monotonic)
    _told: bool = False

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
        """Pass it on, and look at the store."""
        self.watcher.trial_ended(entry, state, reason)
        if self.study.sweep.store.max_size is not None and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._keep_below(bytes_of(self.study.sweep.store.max_size))
            self._looked = time.monotonic()

    def note(self, line: str) -> None:
        """Pass it on."""
        self.watcher.note(line)

    def sweep_ended(self) -> None:
        """Let go what the sweep does not keep after its end."""
        limit = self.study.sweep.store.max_size
        self._clean(None if limit is None else bytes_of(limit))

    def _keep_below(self, limit: int) -> None:
        if sum(file.size for file in self.store.files()) > limit:
            self._clean(limit)

    def _clean(self, limit: int | None) -> None:
        """Keeping the store small is no reason to end a sweep."""
        try:
            others = others_of(self.study, self.storage_url)
            cleaning = planned(self.study, others, self.store, self.study.sweep.store.keep, limit)
            cleaning.apply(self.store)
        except UserError as error:  # what a sweep of the database needs is not known
            self.note(f"store: nothing is removed: {error}")
            return
        except OSError as error:  # the next write will say more of a disk that is gone
            self.note(f"store: a state that is not needed cannot be removed: {error.strerror}")
            return
        if cleaning.states or (cleaning.too_large and not self._told):
            self.note(f"store: {cleaning.sentence('went')}")
        self._told = self._told or cleaning.too_large
