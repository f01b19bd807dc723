"""The row of a study that says which process drives it: its form, and how it is read and changed."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Self

import optuna
from sqlalchemy import Connection, Engine, Executable, extract, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rts_search.basics.driver import Driver, this_process
from rts_search.study import attributes as kept
from rts_search.study.optuna_internals import StudyUserAttributeModel, engine_of, storage_of, study_id

LEASE_SECONDS = 60.0
"""Seconds without a heartbeat after which a driver that cannot be seen from here has lost its lease."""
ROW = StudyUserAttributeModel


class Standing(Enum):
    """What a row says at a moment about the right to drive."""

    FREE = "free"
    HELD = "held"
    SILENT = "silent"
    """No heartbeat for LEASE_SECONDS, by the clock of another machine, which may be wrong: the row must be watched."""


@dataclass(frozen=True)
class FileIdentity:
    """A file, whatever path leads to it."""

    path: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The file at a path now; None where there is none."""
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(str(path.resolve()), found.st_dev, found.st_ino)

    def same(self, other: "FileIdentity") -> bool:
        """Whether both are one file."""
        return (self.device, self.inode) == (other.device, other.inode)


@dataclass(frozen=True)
class LeaseRow:
    """What the row holds."""

    word: str
    """Random word of the lease; empty when it was given back."""
    beat: int
    """Number of heartbeats so far."""
    at: float
    """Time of the last one, in seconds since 1970: by the database server's clock, for SQLite by the driver's."""
    driver: Driver
    file: FileIdentity | None = None
    """The file of the database; None on a server."""
    lock: FileIdentity | None = None
    """The lock file that the driver holds; None without one."""
    since: float = 0.0
    """When the driver took the lease, in seconds since 1970 by its own clock; 0 in rows of earlier versions."""

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """The row of this text; None where there is none, or where it is damaged."""
        try:
            found = json.loads(text or "")
            files = {name: FileIdentity(**found[name]) for name in ("file", "lock") if found[name]}
            driver, since = Driver(**found["driver"]), float(found.get("since", 0.0))
            return cls(found["word"], int(found["beat"]), float(found["at"]), driver, **files, since=since)
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def text(self) -> str:
        """The row as text."""
        return json.dumps(asdict(self))

    def next_beat(self, now: float) -> Self:
        """The row after the next heartbeat."""
        return replace(self, beat=self.beat + 1, at=now)

    def copied_to(self, file: FileIdentity | None) -> bool:
        """Whether `file` is a copy: the database that the driver wrote to is another file of this machine."""
        if self.file is None or file is None or self.driver.boot != this_process().boot:
            return False
        original = FileIdentity.of(Path(self.file.path))
        return original is not None and original.same(self.file) and not original.same(file)


@dataclass(frozen=True)
class Look:
    """A row as it was read, and the time."""

    text: str | None
    now: float
    by_server: bool
    """Whether all processes read this clock."""
    file: FileIdentity | None
    """The file of the database from which it was read; None on a server."""
    asked: str = ""
    """Word of the lease whose driver was asked to stop."""

    @property
    def row(self) -> LeaseRow | None:
        """What the row holds; None where there is none, or where it is damaged."""
        return LeaseRow.read(self.text)

    def standing(self, lock: FileIdentity | None = None) -> Standing:
        """What the row says.

        lock: the lock file that this process holds. A driver that held the same one has ended, wherever it ran.
        """
        row = self.row
        if row is None:
            return Standing.SILENT if self.text else Standing.FREE
        if not row.word or row.copied_to(self.file):
            return Standing.FREE
        runs = row.driver.runs()
        if runs is not None:
            return Standing.HELD if runs else Standing.FREE
        on_this_machine = bool(row.driver.boot) and row.driver.boot == this_process().boot
        if on_this_machine and lock is not None and row.lock is not None and row.lock.same(lock):
            return Standing.FREE
        if abs(self.now - row.at) < LEASE_SECONDS:
            return Standing.HELD
        return Standing.FREE if on_this_machine or self.by_server else Standing.SILENT

    @property
    def driver(self) -> Driver | None:
        """The process that drives the study; None where there is none."""
        row = self.row
        return row.driver if row is not None and self.standing() is Standing.HELD else None

    def since(self, driver: Driver | None) -> float | None:
        """When a driver began with the study, in seconds since 1970.

        driver: the process that drives the study, as far as it is known; None without one.

        Returns: None without a driver, and as long as it has not taken the lease. Where the row does not tell: 0.
        """
        if driver is None:
            return None
        row = self.row
        if row is None:
            return 0.0
        return row.since if row.driver == driver else None


class LeaseRows:
    """Reads and changes the row of one study."""

    def __init__(self, study: optuna.Study) -> None:
        """`study`: of a sweep, in a database."""
        self.engine: Engine = engine_of(storage_of(study))
        self._study = study_id(study)

    def look(self) -> Look:
        """Read the row."""
        keys = (kept.DRIVER, kept.STOP)
        rows = select(ROW.key, ROW.value_json).where(ROW.study_id == self._study, ROW.key.in_(keys))
        with self.engine.connect() as connection:
            found: Mapping[str, str] = dict(connection.execute(rows).all())
            return looks_on(connection)(found.get(kept.DRIVER), found.get(kept.STOP))

    def row_on(self, connection: Connection) -> LeaseRow | None:
        """The row, read in a transaction that has written. Nobody changes it before the transaction ends."""
        row = select(ROW.value_json).where(ROW.study_id == self._study, ROW.key == kept.DRIVER)
        return LeaseRow.read(connection.scalar(row.with_for_update(read=True)))

    def replace(self, before: str | None, after: LeaseRow) -> bool:
        """Write the row if its text is still `before`, None for no row. Returns whether it was written."""
        if before is None:
            change: Executable = insert(ROW).values(study_id=self._study, key=kept.DRIVER, value_json=after.text)
        else:
            same = (ROW.study_id == self._study, ROW.key == kept.DRIVER, ROW.value_json == before)
            change = update(ROW).where(*same).values(value_json=after.text)
        try:
            with self.engine.begin() as connection:
                done = connection.execute(change)
                return before is None or done.rowcount == 1
        except IntegrityError:  # there is a row by now
            return False


def looks_on(connection: Connection) -> Callable[..., Look]:
    """Read the time of a database. The result makes looks at this time, of the texts of a row and a request to stop."""
    url, server = connection.engine.url, connection.dialect.name == "postgresql"
    now = float(connection.scalar(select(extract("epoch", func.clock_timestamp()))) or 0.0) if server else time.time()
    named = connection.dialect.name == "sqlite" and url.database not in (None, "", ":memory:")
    file = FileIdentity.of(Path(str(url.database))) if named else None

    def look(text: str | None, stop: str | None = None) -> Look:
        return Look(text, now, server, file, "" if stop is None else stop.strip('"'))

    return look
