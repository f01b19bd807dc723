"""The records of all epochs of a sweep, from the store or else from its earlier tables."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.earlier_tables import EarlierTables
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.basics.results_folder import SweepPaths
from rts_search.study.agreement import require_agreement
from rts_search.study.stored_epochs import LostEpoch, read_record
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord
from trainables.core.history.store import Store

CELLS = ("switch_epoch", "seconds")
"""Columns of the table of trials that come from the records of the epochs."""


class EpochRows:
    """The records of the epochs of these trials."""

    def __init__(
        self, store: Store, study: str, steps: int, entries: Sequence[TrialEntry], earlier: SweepPaths | None
    ) -> None:
        """Read all records.

        Args:
            store: where they are.
            study: its name, for messages.
            steps: mini-batches of one epoch, as the sweep counts them.
            entries: the trials of the study.
            earlier: where the tables are from which lost ones are taken; None: from none.

        Raises:
            DamagedStudy: the database says something else than a record.
        """
        self._records: dict[int, list[EpochRecord | None]] = {}
        lost = []
        with garbage_collection_paused():
            for entry in entries:
                found = [read_record(store, epoch) for epoch in entry.epochs]
                require_agreement(study, entry, [stored for stored, _ in found], steps)
                self._records[entry.number] = [None if stored is None else stored.record for stored, _ in found]
                whys = zip(entry.epochs, found, strict=True)
                lost += [LostEpoch(entry.number, epoch, why) for epoch, (_, why) in whys if why]
        self._earlier = EarlierTables(earlier) if earlier is not None and lost else None
        kept = self._earlier.records([one.entry for one in lost]) if self._earlier else {}
        for entry in entries if kept else ():
            known = zip(entry.epochs, self._records[entry.number], strict=True)
            self._records[entry.number] = [record or kept.get((epoch.key, epoch.provenance)) for epoch, record in known]
        self.taken = tuple(one for one in lost if (one.entry.key, one.entry.provenance) in kept)
        """The lost epochs whose rows come from the earlier table."""
        self.lost = tuple(one for one in lost if (one.entry.key, one.entry.provenance) not in kept)
        """The other lost epochs: no row is known."""

    def of(self, entry: TrialEntry) -> list[EpochRecord | None]:
        """The record of each epoch of a trial; None for a lost one."""
        return self._records[entry.number]

    def cells(self, entry: TrialEntry) -> dict[str, Any]:
        """The columns CELLS of a trial. What its records do not tell comes from the earlier table, or is None."""
        records = self.of(entry)
        cells = {"switch_epoch": _switch_epoch(records), "seconds": _seconds(records)}
        if None not in records:
            return cells
        earlier = self._earlier.cells(entry, CELLS) if self._earlier else {}
        return {name: earlier.get(name) if value is None else value for name, value in cells.items()}


def _switch_epoch(records: Sequence[EpochRecord | None]) -> int | None:
    """The first epoch that is not SGD; None without one, and when an earlier epoch is lost."""
    for record in records:
        if record is None:
            return None
        if record.phase != "sgd":
            return record.epoch
    return None


def _seconds(records: Sequence[EpochRecord | None]) -> float | None:
    """The time that the epochs took; None when one is lost."""
    known = [record.seconds for record in records if record is not None]
    return sum(known) if len(known) == len(records) else None
