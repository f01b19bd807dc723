"""Opens a study database in an SQLite file, and waits while another program holds it."""

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import DATABASE_SIDE_FILES
from rts_search.study.database.missing_tables import lacking, missing_tables
from rts_search.study.database.retrying_storage import ConnectionLost, FileStorage, Patience, patience_with
from rts_search.study.optuna_internals import LAST_TABLE, newest_schema
from trainables.core.regular_files import kind_of

TRY_SECONDS = 0.5
"""How long SQLite itself waits for another program. Then `Patience` waits on, with a word to the user."""
LONGEST_PAUSE_SECONDS = 1.0
HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

R = TypeVar("R")


def open_sqlite(url: URL, must_exist: bool, busy_seconds: float) -> FileStorage:
    """Open the file of a URL, and make its tables where it is new.

    Args:
        url: of the file.
        must_exist: whether the file must be there.
        busy_seconds: how long to wait, at least, while another program holds it.

    Raises:
        UserError: the file is missing, is no study database, or lacks a table.
        ConnectionLost, SQLAlchemyError, sqlite3.Error: it cannot be used.
    """
    file, text = Path(str(url.database)), url.render_as_string(hide_password=False)
    patience = _patience(text, busy_seconds)
    _check_regular(file)
    if _is_new(file) and must_exist:
        raise UserError(
            f"{file}: no study database here; launch a sweep first, go to the folder where it was launched, or name "
            "its folder of results with --results, or its database with --storage"
        )
    _check_side_files(file)

    def opened() -> FileStorage:
        schema = _schema(file, patience)
        with nullcontext() if schema else _making(file, busy_seconds):
            if not _is_new(file):
                _check(file, patience, made=schema == newest_schema())
            # Optuna's own check of the version takes six times as long as the rest of an opening.
            return FileStorage(
                text,
                patience,
                engine_kwargs={"connect_args": {"timeout": TRY_SECONDS, "factory": waiting_connection(patience)}},
                skip_compatibility_check=schema == newest_schema(),
            )

    return patience.insist(opened)


def _check_side_files(file: Path) -> None:
    """Refuse what is no file where SQLite needs one: it waits for ever at a pipe, and else says "disk I/O error".

    Earlier versions let a sweep have such a name.
    """
    for ending in DATABASE_SIDE_FILES:
        side = file.with_name(file.name + ending)
        if kind := _kind(side):
            raise UserError(f"{side}: must not be {kind}, since the database {file} needs a file there; move it away")


def _kind(side: Path) -> str:
    """What stands at a path, such as `a folder`; empty for a regular file and for nothing."""
    try:
        mode = side.lstat().st_mode
    except OSError:
        return ""
    return "a link" if stat.S_ISLNK(mode) else kind_of(mode).removeprefix("is ")


def _check_regular(file: Path) -> None:
    """Refuse a pipe or a device, at which SQLite would wait for ever. Raises: UserError."""
    try:
        kind = kind_of(file.stat().st_mode)
    except OSError:
        return  # it is told of where it is opened
    if kind:
        raise UserError(f"{file}: must be a study database, but {kind}; move it away, or name another with --storage")


def _patience(url: str, busy_seconds: float) -> Patience:
    patience = patience_with(url)
    patience.least_seconds, patience.longest_pause = busy_seconds, LONGEST_PAUSE_SECONDS
    patience.trouble, patience.relief = "is held by another program, waiting", "is free again"
    return patience


def waiting_connection(patience: Patience) -> type[sqlite3.Connection]:
    """A class of connections that wait while another program holds the file, and then raise ConnectionLost."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> Any:
            return patience.insist(lambda: _answered(lambda: super(Cursor, self).execute(sql, parameters)))

        def executemany(self, sql: str, parameters: Any, /) -> Any:
            return patience.insist(lambda: _answered(lambda: super(Cursor, self).executemany(sql, parameters)))

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            patience.insist(lambda: _answered(super(Connection, self).commit))

    return Connection


def _answered(request: Callable[[], R]) -> R:
    """Do a request. Raises: ConnectionLost: another program holds the file."""
    try:
        return request()
    except sqlite3.OperationalError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in HELD:
            raise ConnectionLost(str(error)) from error
        raise


def _is_new(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0


@contextmanager
def _connected(file: Path, patience: Patience) -> Iterator[sqlite3.Cursor]:
    factory = waiting_connection(patience)
    with closing(sqlite3.connect(file, timeout=TRY_SECONDS, factory=factory)) as connection:
        yield connection.cursor()


def _schema(file: Path, patience: Patience) -> str | None:
    """The version of Optuna's tables in a file; None before all of them are made."""
    if _is_new(file):
        return None
    with _connected(file, patience) as cursor:
        try:
            found = cursor.execute(f"SELECT version_num FROM {LAST_TABLE}").fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
    if len(found) > 1:
        raise UserError(
            f"{file}: the study database is damaged, and nothing was written: its table {LAST_TABLE} must have one "
            f"row, but has {len(found)}; restore it from a copy, or name another with --storage"
        )
    return str(found[0][0]) if found else None


@contextmanager
def _making(file: Path, busy_seconds: float) -> Iterator[None]:
    """Hold the lock for making the tables, since two launches in an empty folder would both make them."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file.with_name(f".{file.name}.lock"), timeout=busy_seconds)
        lock.acquire()
    except OSError as error:
        raise UserError(f"{file}: must be a file that can be made, but {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _check(file: Path, patience: Patience, made: bool) -> None:
    """Look at the tables before Optuna does, which would make those that are missing anew, without what they held.

    made: whether all tables have been made before.

    Raises:
        UserError: the file is that of something else, or a table is missing.
    """
    with _connected(file, patience) as cursor:
        if not made:
            _check_whole(cursor)
        tables = {row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        missing = missing_tables(tables)
        if tables and "studies" in missing and not made:
            raise UserError(
                f"{file}: must be a study database, but holds {', '.join(sorted(tables)[:3])}; name another"
            )
        if missing and (made or (tables and cursor.execute("SELECT 1 FROM studies LIMIT 1").fetchone())):
            raise lacking(str(file), missing)
        if not made:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.connection.rollback()


def _check_whole(cursor: sqlite3.Cursor) -> None:
    """Raises: DatabaseError: a page of the file is damaged."""
    if cursor.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise DatabaseError("quick_check", None, sqlite3.DatabaseError("database disk image is malformed"))
