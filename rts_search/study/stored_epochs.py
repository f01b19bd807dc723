"""Reads the records of a sweep's epochs from the checkpoint store, and tells which of them are lost and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rts_search.study.trials import EpochEntry, TrialEntry
from trainables.core.history.record import StoredEpoch
from trainables.core.history.sealing import DamagedError
from trainables.core.history.store import Store

SHOWN_TRIALS = 3
"""A message names so many trials with their epochs, and counts the others."""


@dataclass(frozen=True)
class LostEpoch:
    """An epoch that the database has, and whose record cannot be read."""

    number: int
    """The number of its trial."""
    entry: EpochEntry
    why: str
    """missing, damaged, or the system's words where the file cannot be opened now."""


def read_record(store: Store, epoch: EpochEntry) -> tuple[StoredEpoch | None, str]:
    """The record of an epoch, or None and why there is none: see `LostEpoch.why`."""
    try:
        return store.read(epoch.key, epoch.provenance), ""
    except FileNotFoundError:
        return None, "missing"
    except DamagedError:
        return None, "damaged"
    except OSError as error:
        return None, error.strerror or "unreadable"


def lost_epochs(store: Store, entries: Iterable[TrialEntry]) -> Iterator[LostEpoch]:
    """The lost epochs of these trials, by number and epoch. Every record is read."""
    for entry in entries:
        for epoch in entry.epochs:
            stored, why = read_record(store, epoch)
            if stored is None:
                yield LostEpoch(entry.number, epoch, why)


def told(lost: Sequence[LostEpoch]) -> str:
    """Which epochs, counted from 1, are lost and why: `3 epochs (trial 0: 1-2 damaged, 7 missing)`. At least one."""
    trials = [(number, list(epochs)) for number, epochs in groupby(lost, lambda one: one.number)]
    named = [f"trial {number}: {_ranges(epochs)}" for number, epochs in trials[:SHOWN_TRIALS]]
    more = len(trials) - SHOWN_TRIALS
    others = [_counted(more, "more trial")] if more > 0 else []
    return f"{_counted(len(lost), 'epoch')} ({'; '.join([*named, *others])})"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def _ranges(epochs: Sequence[LostEpoch]) -> str:
    """The epochs of one trial, with neighbours that have the same cause together: `1-3 missing, 7 damaged`."""
    found = []
    for (_, why), run in groupby(enumerate(epochs), lambda one: (one[1].entry.epoch - one[0], one[1].why)):
        numbers = [one.entry.epoch + 1 for _, one in run]
        found.append(f"{numbers[0]}-{numbers[-1]} {why}" if len(numbers) > 1 else f"{numbers[0]} {why}")
    return ", ".join(found)
