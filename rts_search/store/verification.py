"""Checking every file of the store against its checksum."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from rts_search.basics.errors import UserError
from rts_search.basics.sizes import shown_size
from trainables.core.history.store import Store, StoredFile

LINE_SECONDS = 10.0
"""How often a line tells of the progress where there is no terminal."""


@dataclass(frozen=True)
class Verification:
    """What was found."""

    url: str
    states: int
    records: int
    size: int
    """Bytes that were read."""
    damaged: tuple[StoredFile, ...]
    partials: tuple[StoredFile, ...]
    """What writers have not finished: of living ones, or left over."""
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
        """For people: what is wrong, then the sum."""
        found = [f"damaged{' and removed' if self.deleted else ''}: {file.path}" for file in self.damaged]
        found += [f"not finished by its writer: {file.path}" for file in self.partials]
        told = f"{self.states:,} states and {self.records:,} records, {shown_size(self.size)}: "
        told += f"{len(self.damaged):,} damaged" if self.damaged else "all sound"
        return [*found, f"{told}, {len(self.partials):,} partial files."]


@dataclass
class Counting:
    """Tells how far a long check is: a bar on a terminal, a line now and then elsewhere."""

    console: Console
    _bar: Progress = field(init=False)
    _task: TaskID | None = None
    _told: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._bar = Progress(console=self.console, transient=True)

    def __enter__(self) -> "Counting":
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def at(self, done: int, total: int) -> None:
        """So many files of so many are read."""
        if self.console.is_terminal:
            if self._task is None:
                self._task = self._bar.add_task("store", total=total)
            self._bar.update(self._task, completed=done)
        elif time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            self.console.print(f"{done:,} of {total:,} files read", highlight=False)


def verify_store(url: str, delete: bool, counting: Counting) -> Verification:
    """Read every state and record. Raises: UserError when there is no store, or it cannot be read or cleaned."""
    if not Path(url).is_dir():
        raise UserError(f"{url}: must be a checkpoint store; launch a sweep first, or name its folder with --results")
    store = Store(url)
    files = list(store.files())
    read: list[StoredFile] = []
    damaged: list[StoredFile] = []
    try:
        for done, file in enumerate(files):
            counting.at(done, len(files))
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
    """None of what is no whole file, or gone by now."""
    if file.kind == "partial":
        return None
    try:
        return store.verify(file)
    except FileNotFoundError:
        return None
