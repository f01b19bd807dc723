"""The store of a running sweep: it stays below its limit, and at the end what is not needed goes."""

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
"""How often a sweep with a limit looks how large the store is, at most."""


@dataclass
class StoreKeeper(PassingOn):
    """Hears of a sweep for somebody else, and keeps the store below the sweep's limit meanwhile."""

    study: SweepStudy
    storage_url: str
    store: Store
    _looked: float = field(default_factory=time.monotonic)
    _told: bool = False

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Pass it on, and look at the store."""
        super().trial_ended(entry, state, reason)
        if self.study.sweep.store.max_size is not None and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._keep_below(bytes_of(self.study.sweep.store.max_size))
            self._looked = time.monotonic()

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
            self.note(f"store: {cleaning.sentence('were removed')}")
        self._told = self._told or cleaning.too_large
