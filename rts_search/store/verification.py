"""Checks every file of the checkpoint store against its checksum."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.basics.sizes import shown_size
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
    damaged: tuple[StoredFile, ...]
    partials: tuple[StoredFile, ...]
    """Files that their writers have not finished: the writer still writes, or has died."""
    deleted: bool
    """Whether the damaged files were removed."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "store": self.url,
            "states": self.states,
            "records": self.records,
            "bytes": self.size,
            "damaged": [file.path for file in self.damaged],
            "partial_files": [file.path for file in self.partials],
            "deleted": self.deleted,
        }

    def lines(self) -> list[str]:
        """The result for people: one line for each wrong file, then the sum."""
        found = [f"damaged{' and removed' if self.deleted else ''}: {file.path}" for file in self.damaged]
        found += [f"not finished by its writer: {file.path}" for file in self.partials]
        text = f"{self.states:,} states and {self.records:,} records, {shown_size(self.size)}: "
        text += f"{len(self.damaged):,} damaged" if self.damaged else "none damaged"
        return [*found, f"{text}, {len(self.partials):,} partial files."]


def verify_store(url: str, delete: bool, progress: Progress) -> Verification:
    """Read every state and record of a store and compare it with its checksum.

    Args:
        url: the store.
        delete: whether damaged files are removed.
        progress: called before each file.

    Raises:
        UserError: there is no store, or it cannot be read or cleaned.
    """
    if not Path(url).is_dir():
        raise UserError(f"{url}: must be a checkpoint store; launch a sweep first, or name its folder with --results")
    store = Store(url)
    files = list(store.files())
    read: list[StoredFile] = []
    damaged: list[StoredFile] = []
    try:
        for done, file in enumerate(files):
            progress(done, len(files))
            sound = _is_sound(store, file)
            if sound is not None:
                read.append(file)
            if sound is False:
                damaged.append(file)
                if delete:
                    store.remove(file)
    except OSError as error:
        raise UserError(f"{error.filename or url}: must be a file that can be read, but {error.strerror}") from error
    kinds = [file.kind for file in read]
    partials = tuple(file for file in files if file.kind == "partial")
    size = sum(file.size for file in read)
    return Verification(url, kinds.count("state"), kinds.count("epoch"), size, tuple(damaged), partials, delete)


def _is_sound(store: Store, file: StoredFile) -> bool | None:
    """Whether a file is whole; None for a partial file, and for one that was removed meanwhile."""
    if file.kind == "partial":
        return None
    try:
        return store.verify(file)
    except FileNotFoundError:
        return None
