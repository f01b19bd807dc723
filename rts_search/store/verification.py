"""Checks every file of the checkpoint store against its checksum, and the store against the study database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.basics.sizes import shown_size
from rts_search.store.cleaning import store_errors
from rts_search.study.database.storage import storage_errors
from rts_search.study.stored_epochs import LostEpoch, told
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.history.sealing import DamagedError
from trainables.core.history.store import Store, StoredFile

Progress = Callable[[int, int], None]
"""Takes the number of files that have been read, and the number of all files."""


@dataclass(frozen=True)
class Verification:
    """The result of a check."""

    url: str
    states: int
    records: int
    size: int
    """Bytes that were read."""
    damaged: tuple[tuple[StoredFile, str], ...]
    """Damaged files, each with its path and what is wrong with it in words."""
    partials: tuple[StoredFile, ...]
    """Files that their writers have not finished: the writer still writes, or has died."""
    deleted: bool
    """Whether the damaged files were removed."""
    lost: Mapping[str, Sequence[LostEpoch]]
    """Study -> its epochs whose records are missing or damaged."""
    unread: str
    """Why the store could not be compared with the study database; empty when it was, or when there is none."""
    options: str
    """The options with which a command finds the database and the store again."""

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged or lost, as far as is known."""
        return not (self.damaged or self.lost or self.unread)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "store": self.url,
            "states": self.states,
            "records": self.records,
            "bytes": self.size,
            "damaged": [file.path for file, _ in self.damaged],
            "lost": {
                study: [{"trial": one.number, "epoch": one.entry.epoch, "why": one.why} for one in lost]
                for study, lost in self.lost.items()
            },
            "not_compared": self.unread,
            "partial_files": [file.path for file in self.partials],
            "deleted": self.deleted,
        }

    def lines(self) -> list[str]:
        """The result for people: one line for each wrong file, then the sum."""
        found = [f"damaged{' and removed' if self.deleted else ''}: {wrong}" for _, wrong in self.damaged]
        found += [f"not finished by its writer: {file.path}" for file in self.partials]
        text = f"{self.states:,} states and {self.records:,} records, {shown_size(self.size)}: "
        text += f"{len(self.damaged):,} damaged" if self.damaged else "none damaged"
        for study, lost in self.lost.items():
            name, _, part = study.partition(":")
            found.append(
                f"lost in {name}{' (its confirmation)' if part else ''}: {told(lost)}; get them back with `rts-search "
                f"restore {name}{self.options}`"
            )
        if self.unread:
            found.append(f"not compared with the study database: {self.unread}")
        return [*found, f"{text}, {len(self.partials):,} partial files."]


def verify_store(workspace: Workspace, delete: bool, progress: Progress) -> Verification:
    """Read every state and record of a store, compare it with its checksum, and look for the records of all sweeps.

    Args:
        workspace: the results folder with the store, and the database of the sweeps.
        delete: whether damaged files are removed.
        progress: called before each file.

    Raises:
        UserError: there is no store, or it cannot be read or cleaned.
    """
    url = workspace.results.store_url
    if not Path(url).is_dir():
        raise UserError(f"{url}: must be a checkpoint store; launch a sweep first, or name its folder with --results")
    recorded, unread = _recorded(workspace)  # before the files, since a record is written before it is recorded
    store = Store(url)
    read: list[StoredFile] = []
    damaged: list[tuple[StoredFile, str]] = []
    with store_errors(store):
        files = list(store.files())
        for done, file in enumerate(files):
            progress(done, len(files))
            wrong = _wrong(store, file)
            if wrong is not None:
                read.append(file)
            if wrong:
                damaged.append((file, wrong))
                if delete:
                    store.remove(file)
    kinds = [file.kind for file in read]
    return Verification(
        url=url,
        states=kinds.count("state"),
        records=kinds.count("epoch"),
        size=sum(file.size for file in read),
        damaged=tuple(damaged),
        partials=tuple(file for file in files if file.kind == "partial"),
        deleted=delete,
        lost=_lost(recorded, read, [file for file, _ in damaged]),
        unread=unread,
        options=workspace.options(),
    )


def _wrong(store: Store, file: StoredFile) -> str | None:
    """What is wrong with a file; empty if it is whole. None for a partial file, and for one that was removed since."""
    if file.kind == "partial":
        return None
    try:
        store.check(file)
    except FileNotFoundError:
        return None
    except DamagedError as error:
        return str(error)
    return ""


def _recorded(workspace: Workspace) -> tuple[dict[str, list[TrialEntry]], str]:
    """Study -> its trials, for all sweeps of the database, and why they could not be read."""
    if workspace.storage is None and not workspace.results.database.exists():
        return {}, ""
    try:
        with storage_errors(workspace.storage_url):
            return {study.name: study.trials() for study in SweepStudy.every(workspace.storage_url)}, ""
    except UserError as error:
        return {}, str(error)


def _lost(
    recorded: Mapping[str, Sequence[TrialEntry]], read: Sequence[StoredFile], damaged: Sequence[StoredFile]
) -> dict[str, list[LostEpoch]]:
    """Study -> its recorded epochs that have no sound record among the files that were read."""
    broken = {file.address for file in damaged if file.kind == "epoch"}
    sound = {file.address for file in read if file.kind == "epoch"} - broken
    found = {}
    for name, entries in recorded.items():
        lost = [
            LostEpoch(entry.number, epoch, "damaged" if (epoch.key, epoch.provenance) in broken else "missing")
            for entry in entries
            for epoch in entry.epochs
            if (epoch.key, epoch.provenance) not in sound
        ]
        if lost:
            found[name] = lost
    return found
