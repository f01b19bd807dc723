"""Removes from the checkpoint store the states that no sweep needs, and partial files of dead writers."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.sizes import shown_size
from rts_search.store.needed_states import Keep, addresses, needed
from rts_search.study.database.storage import storage_errors
from rts_search.study.study import SweepStudy
from trainables.core.history.store import Store, StoredFile

STALE_SECONDS = 3600.0
"""A partial file of this age has no living writer, since a state is written in seconds."""


@dataclass(frozen=True)
class Cleaning:
    """The files that are removed, and the numbers of those that stay."""

    states: tuple[StoredFile, ...]
    """States to remove, in this order."""
    partials: tuple[StoredFile, ...]
    """Partial files of dead writers."""
    num_states: int
    """Number of states in the store before."""
    num_unknown: int
    """Number of states that no sweep of the database has recorded; they stay."""
    size: int
    """Bytes of the whole store before."""
    limit: int | None = None
    """Highest size of the store in bytes; None without a limit."""

    @property
    def freed(self) -> int:
        """Bytes that are freed."""
        return sum(file.size for file in (*self.states, *self.partials))

    @property
    def too_large(self) -> bool:
        """Whether the store stays above its limit because all other states are needed."""
        return self.limit is not None and self.size - self.freed > self.limit

    def apply(self, store: Store) -> None:
        """Remove the files."""
        for file in (*self.states, *self.partials):
            store.remove(file)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "states": len(self.states),
            "states_before": self.num_states,
            "unknown_states": self.num_unknown,
            "partial_files": len(self.partials),
            "bytes_freed": self.freed,
            "store_bytes_before": self.size,
            "max_bytes": self.limit,
            "above_max_bytes": self.too_large,
            "addresses": [f"{file.key}/{file.provenance}" for file in self.states],
        }

    def sentence(self, verb: str) -> str:
        """The cleaning in words. `verb` says what happens to the states: `were removed` or `would be removed`."""
        text = f"{len(self.states):,} of {self.num_states:,} states {verb}"
        if self.partials:
            text += f", and {len(self.partials):,} partial files of dead writers"
        text += f": {shown_size(self.freed)} of the store's {shown_size(self.size)}."
        if self.num_unknown:
            stay = "state stays" if self.num_unknown == 1 else "states stay"
            text += f" {self.num_unknown:,} {stay}, which no sweep of this database has recorded."
        if self.too_large:
            text += f" That is still more than {shown_size(self.limit or 0)}: all other states are needed."
        return text


def planned(
    study: SweepStudy, others: Sequence[SweepStudy], store: Store, keep: Keep, limit: int | None = None
) -> Cleaning:
    """Plan the cleaning of the store for a sweep.

    States of the sweep are removed unless the sweep or another one of the database needs them. While the store is above
    the limit, the oldest states of any sweep follow, unless an unfinished sweep or a result needs them. All states of
    a sweep with `keep: all` stay.

    Args:
        study: the sweep.
        others: the other sweeps of the database.
        store: their checkpoint store.
        keep: which states the sweep keeps.
        limit: highest size of the store in bytes; None for no limit.

    Raises:
        UserError: it cannot be known which states the sweep needs.
    """
    files = list(store.files())
    states = [file for file in files if file.kind == "state"]
    stored = {file.address for file in states}
    own = addresses(study.trials())
    unknown = stored - own.union(*(addresses(other.trials()) for other in others))
    staying = needed(study, keep, stored).union(
        *(_needed_by(other, other.sweep.store.keep, stored) for other in others)
    )
    going = [file for file in states if file.address in own - staying]
    old = time.time() - STALE_SECONDS
    partials = tuple(file for file in files if file.kind == "partial" and file.written < old)
    size = sum(file.size for file in files)
    if limit is not None:
        keeps = [(study, keep), *((other, other.sweep.store.keep) for other in others)]
        left = size - sum(file.size for file in (*going, *partials))
        going += _oldest(states, {file.address for file in going}, keeps, left - limit)
    return Cleaning(tuple(going), partials, len(states), len(unknown), size, limit)


def _needed_by(study: SweepStudy, keep: Keep, stored: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The states that a sweep needs; all of its own where that cannot be known."""
    try:
        return needed(study, keep, stored)
    except UserError:
        return addresses(study.trials()) & stored


def _oldest(
    states: Sequence[StoredFile],
    going: set[tuple[str, str]],
    keeps: Sequence[tuple[SweepStudy, Keep]],
    excess: int,
) -> list[StoredFile]:
    """The oldest states of known sweeps that may be removed, until `excess` more bytes are free."""
    stored = {state.address for state in states} - going
    known = addresses(entry for study, _ in keeps for entry in study.trials())
    staying = set[tuple[str, str]]().union(
        *(_needed_by(study, "all" if keep == "all" else "best", stored) for study, keep in keeps)
    )
    found = []
    for state in sorted(states, key=lambda file: (file.written, file.path)):
        if excess <= 0:
            break
        if state.address in (stored & known) - staying:
            found.append(state)
            excess -= state.size
    return found


def clean(
    study: SweepStudy, paths: SweepPaths, storage_url: str, store: Store, keep: Keep, limit: int | None, dry_run: bool
) -> Cleaning:
    """Plan the cleaning and, unless it is a dry run, do it.

    Raises:
        UserError: the sweep runs, or the store cannot be read or written.
    """
    if dry_run:
        with store_errors(store):
            return planned(study, others_of(study, storage_url), store, keep, limit)
    with paths.driving(study.watch), storage_errors(storage_url), study.driven(paths.lock), store_errors(store):
        cleaning = planned(study, others_of(study, storage_url), store, keep, limit)
        cleaning.apply(store)
    return cleaning


@contextmanager
def store_errors(store: Store) -> Iterator[None]:
    """Turn an error of the store's files into a UserError of one line."""
    try:
        yield
    except OSError as error:
        place = error.filename or store.url
        raise UserError(f"{place}: must be a store that can be read and written, but {error.strerror}") from error


def others_of(study: SweepStudy, storage_url: str) -> list[SweepStudy]:
    """The other sweeps of a study's database."""
    return SweepStudy.every(storage_url, but=study.name)
