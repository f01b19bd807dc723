"""What the records in the store tell about one trial: its schedules as they acted, its machines, its states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from rts_search.analysis.report.board import written
from rts_search.study.stored_epochs import read_record
from rts_search.study.trials import TrialEntry
from rts_search.sweep.overrides import flatten
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store


@dataclass(frozen=True)
class KeptState:
    """A state of the trial in the store."""

    epoch: int
    """Number of epochs after which it was written, from 1."""
    file: str
    """Its place in the store."""
    written: float | None
    """When, in seconds since 1970."""


class TrialFacts:
    """The records of one trial."""

    def __init__(self, entry: TrialEntry, store: Store) -> None:
        """Read the record of every epoch. A lost one counts as not known."""
        self.entry, self._store = entry, store
        self.stored: list[StoredEpoch | None] = [read_record(store, epoch)[0] for epoch in entry.epochs]

    def values(self, name: str) -> list[float | None]:
        """A value of the record of each epoch, such as `radius`; None where it did not act or is not known."""
        return [None if one is None else getattr(one.record, name) for one in self.stored]

    @property
    def seconds(self) -> float | None:
        """Seconds that its epochs took, wherever they were trained; None when a record is lost."""
        known = [one.record.seconds for one in self.stored if one is not None]
        return sum(known) if len(known) == len(self.stored) else None

    @property
    def phases(self) -> list[str]:
        """`sgd in epochs 1 to 6`, in their order."""
        named = [(place, one.record.phase if one else "not known") for place, one in enumerate(self.stored, 1)]
        found = []
        for phase, group in groupby(named, lambda pair: pair[1]):
            places = [place for place, _ in group]
            found.append(f"{phase} in {_epochs(places[0], places[-1])}")
        return found

    @property
    def machines(self) -> list[tuple[str, dict[str, Any]]]:
        """`epochs 1 to 6` and the machine that trained them, in their order."""
        found = []
        known = [(place, one) for place, one in enumerate(self.stored, 1) if one is not None]
        for _, group in groupby(known, lambda pair: (pair[1].provenance, str(pair[1].machine))):
            alike = list(group)
            found.append((_epochs(alike[0][0], alike[-1][0]), flatten(alike[0][1].machine)))
        return found

    @cached_property
    def states(self) -> list[KeptState]:
        """The states of the trial that are in the store."""
        found = []
        for epoch in self.entry.epochs:
            if self._store.has_state(epoch.key, epoch.provenance):
                file = f"{epoch.key[:2]}/{epoch.key}/{epoch.provenance}.state"
                found.append(KeptState(epoch.epoch + 1, file, self._store.state_written(epoch.key, epoch.provenance)))
        return found


def differences(entry: TrialEntry, others: Mapping[str, TrialEntry]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name of each setting by which a trial differs from one of the others, its value, and theirs, as text."""
    own = flatten(entry.config or {})
    theirs = [flatten(other.config or {}) for other in others.values()]
    names = dict.fromkeys([*own, *(name for one in theirs for name in one)])
    return [
        (name, written(own.get(name)), tuple(written(one.get(name)) for one in theirs))
        for name in names
        if any(one.get(name) != own.get(name) for one in theirs)
    ]


def _epochs(first: int, last: int) -> str:
    return f"epoch {first}" if first == last else f"epochs {first} to {last}"


def lines_about(trial: int, lines: Sequence[str]) -> list[str]:
    """The lines of a log that are about one trial, without rows of tables."""
    named = [f"trial {trial}{end}" for end in (":", " ", ",", ";", ".", ")")]
    return [line for line in lines if not line.startswith("|") and any(one in f"{line} " for one in named)]
