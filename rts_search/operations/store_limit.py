"""Keep the store below a running sweep's limit, and remove unneeded states at the end of the sweep."""

import time
from dataclasses import dataclass, field

from rts_search.basics.errors import UserError
from rts_search.basics.sizes import bytes_of
from rts_search.running.watcher import PassingOn
from rts_search.store.cleaning import others_of, planned
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from trainables.core.history.store import Store

LOOK_SECONDS = 30.0
"""Shortest time between two measurements of the size of the store."""


@dataclass
class StoreKeeper(PassingOn):
    """Passes every call to another watcher, and keeps the store below the sweep's limit."""

    study: SweepStudy
    storage_url: str
    store: Store
    _looked: float = field(default_factory=time.monotonic)
    _told: bool = False

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Pass the call on; then clean the store if the last measurement is old enough."""
        super().trial_ended(entry, state, reason)
        if self.study.sweep.store.max_size is not None and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._keep_below(bytes_of(self.study.sweep.store.max_size))
            self._looked = time.monotonic()

    def sweep_ended(self) -> None:
        """Remove the states that the sweep does not keep after its end."""
        limit = self.study.sweep.store.max_size
        self._clean(None if limit is None else bytes_of(limit))

    def _keep_below(self, limit: int) -> None:
        if sum(file.size for file in self.store.files()) > limit:
            self._clean(limit)

    def _clean(self, limit: int | None) -> None:
        """Clean the store. An error becomes a note, because it must not end the sweep."""
        try:
            others = others_of(self.study, self.storage_url)
            cleaning = planned(self.study, others, self.store, self.study.sweep.store.keep, limit)
            cleaning.apply(self.store)
        except UserError as error:  # the states that another sweep needs are unknown
            self.note(f"store: no state is removed: {error}")
            return
        except OSError as error:  # if the disk is gone, the next write of a state reports it
            self.note(f"store: an unneeded state could not be removed: {error.strerror}")
            return
        if cleaning.states or (cleaning.too_large and not self._told):
            self.note(f"store: {cleaning.sentence('were removed')}")
        self._told = self._told or cleaning.too_large
