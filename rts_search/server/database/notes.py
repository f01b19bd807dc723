"""What users write about sweeps: a text, tags, and whether a sweep is put away in the archive."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, select

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import NoteRow
from rts_search.server.database.until_written import UntilWritten


@dataclass(frozen=True)
class Note:
    """What is written about one sweep."""

    text: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The note as plain values."""
        return {**asdict(self), "tags": list(self.tags)}


@dataclass(frozen=True)
class NotesNow:
    """All notes at one moment."""

    _found: Mapping[tuple[str, str], Note] = field(default_factory=dict)

    def of(self, sweep: str, identity: str) -> Note:
        """The note of a sweep. `identity`: of its study; an earlier sweep of this name had another one."""
        return self._found.get((sweep, identity), Note())


class Notes:
    """The notes in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = UntilWritten(database, self._read)

    def now(self) -> NotesNow:
        """All notes."""
        return self._now.get()

    def _read(self) -> NotesNow:
        with self._database.session() as session:
            rows = session.scalars(select(NoteRow))
            return NotesNow({(r.sweep, r.study): Note(r.text, tuple(r.tags), r.archived) for r in rows})

    def write(self, sweep: str, identity: str, changes: Mapping[str, Any]) -> Note:
        """Change the fields of a note that `changes` names, and return the whole note."""
        with self._database.session() as session:
            row = session.get(NoteRow, sweep, with_for_update=True)
            if row is None or row.study != identity:
                empty = {"study": identity, "text": "", "tags": [], "archived": False}
                row = session.merge(NoteRow(sweep=sweep, changed=time.time(), **empty))
            for name, value in changes.items():
                setattr(row, name, value)
            row.changed = time.time()
            return Note(row.text, tuple(row.tags), row.archived)

    def forget(self, sweep: str) -> None:
        """Remove the note of a sweep that is deleted."""
        with self._database.session() as session:
            session.execute(delete(NoteRow).where(NoteRow.sweep == sweep))
