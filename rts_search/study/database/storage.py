"""Opens the study database, and says in one line why one cannot be used."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import optuna
from filelock import FileLock
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from rts_search.basics.errors import UserError
from rts_search.study.database.postgresql import completed, is_postgresql, open_postgresql, way_out
from rts_search.study.database.redaction import hidden, redacted
from rts_search.study.database.retrying_storage import ConnectionLost, Patience, PatientStorage, first_said
from rts_search.study.optuna_internals import LAST_TABLE, behind_cache, newest_schema
from trainables.core.settings.section import first_line

BUSY_SECONDS = 20
"""How long SQLite waits for another writer."""


def shown(storage_url: str) -> str:
    """The database for a message: its file, or its URL without the password."""
    try:
        url = make_url(storage_url)
    except (ArgumentError, ValueError):
        return "the storage URL"
    return str(url.database) if _is_sqlite(url) else hidden(url)


def shown_url(storage_url: str) -> str:
    """The whole URL with its password hidden."""
    return hidden(make_url(storage_url))


def completed_url(storage_url: str) -> str:
    """The URL with its password, and with what the environment adds. Raises: UserError: it is not a URL."""
    return _parsed(storage_url).render_as_string(hide_password=False)


def _parsed(storage_url: str) -> URL:
    try:
        url = make_url(storage_url)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is not a number
        raise UserError("--storage: must be an SQLAlchemy URL such as sqlite:///studies.sqlite3") from error
    return completed(url) if is_postgresql(url) else url


STORAGE_ERRORS = (SQLAlchemyError, sqlite3.Error, optuna.exceptions.StorageInternalError, ConnectionLost)
"""The errors of a database that cannot be used."""


@contextmanager
def storage_errors(storage_url: str) -> Iterator[None]:
    """Turn an error of the database into a UserError of one line."""
    try:
        yield
    except STORAGE_ERRORS as error:
        cause = error.__cause__ or error
        first = redacted(first_said(getattr(cause, "orig", None) or cause), storage_url)
        text = f"{shown(storage_url)}: the study database cannot be used: {first}{_way_out(first, storage_url)}"
        raise UserError(text) from error


def _way_out(message: str, storage_url: str) -> str:
    if is_postgresql(make_url(storage_url)) and (known := way_out(message)):
        return f"; {known}"
    if "locked" in message:
        return "; another program holds it: end that and try again"
    if "malformed" in message or "not a database" in message:
        return "; restore it from a copy, or name another with --storage"
    return "; name another with --storage"


def open_storage(storage_url: str, must_exist: bool = False) -> optuna.storages.BaseStorage:
    """Open the database of a SQLAlchemy URL, which is checked before Optuna uses it.

    Raises:
        UserError: it is not a URL; its file is missing, damaged, locked or holds something else.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    url = _parsed(storage_url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            if is_postgresql(url):
                return open_postgresql(url)
            if _is_sqlite(url):
                return _open_sqlite(url, must_exist)
            return optuna.storages.RDBStorage(storage_url)
        except ImportError as error:
            package = "install 'rts-search[postgresql]'" if is_postgresql(url) else ""
            raise UserError(
                f"--storage: {url.get_backend_name()} needs a driver that is not installed: {first_line(error)}; "
                f"install it with pip {package}".rstrip()
            ) from error
        except RuntimeError as error:  # tables of another version of Optuna
            raise UserError(f"{shown(storage_url)}: the study database cannot be used: {first_line(error)}") from error


def patience_of(storage: optuna.storages.BaseStorage) -> Patience:
    """How long a storage waits for its server. A file needs no waiting."""
    backend = behind_cache(storage)
    return backend.patience if isinstance(backend, PatientStorage) else Patience()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _open_sqlite(url: URL, must_exist: bool) -> optuna.storages.RDBStorage:
    if url.database in (None, "", ":memory:"):
        raise UserError("--storage: must be a database that lasts, such as sqlite:///studies.sqlite3, not memory")
    file = Path(str(url.database))
    if _is_new(file) and must_exist:
        raise UserError(f"{file}: no study database here; launch a sweep first, or name it with --storage")
    schema = _schema(file)
    with nullcontext() if schema else _making(file):
        if not _is_new(file):
            _check_sqlite(file)
        text = url.render_as_string(hide_password=False)
        # Optuna's own check of the version takes six times as long as the rest of an opening.
        return optuna.storages.RDBStorage(
            text,
            engine_kwargs={"connect_args": {"timeout": BUSY_SECONDS}},
            skip_compatibility_check=schema == newest_schema(),
        )


def _is_new(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0


def _schema(file: Path) -> str | None:
    """The version of Optuna's tables in a file; None before all of them are made."""
    if _is_new(file):
        return None
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        try:
            found = connection.execute(f"SELECT version_num FROM {LAST_TABLE}").fetchone()
            return None if found is None else str(found[0])
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise


@contextmanager
def _making(file: Path) -> Iterator[None]:
    """Hold the lock for making the tables, since two launches in an empty folder would both make them."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file.with_name(f".{file.name}.lock"), timeout=BUSY_SECONDS)
        lock.acquire()
    except OSError as error:
        raise UserError(f"{file}: must be a file that can be made, but {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _check_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatabaseError("quick_check", None, sqlite3.DatabaseError("database disk image is malformed"))
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    if tables and "studies" not in tables:
        raise UserError(f"{file}: must be a study database, but holds {', '.join(sorted(tables)[:3])}; name another")
