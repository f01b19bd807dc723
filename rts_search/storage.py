"""Opening the study database, with one clear line for each way in which it may be unusable."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from rts_search.errors import UserError
from trainables.core.section import first_line

BUSY_SECONDS = 20
"""How long SQLite waits for another writer."""


def shown(storage_url: str) -> str:
    """The URL as it may be shown: without its password."""
    try:
        url = make_url(storage_url)
    except ArgumentError:
        return "the storage URL"
    return str(url.database) if _is_sqlite(url) else url.render_as_string(hide_password=True)


def shown_url(storage_url: str) -> str:
    """The whole URL, its password hidden."""
    return make_url(storage_url).render_as_string(hide_password=True)


@contextmanager
def storage_errors(storage_url: str) -> Iterator[None]:
    """Translate what a database raises into one line for the user."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ or error
        first = first_line(getattr(cause, "orig", None) or cause)
        raise UserError(f"{shown(storage_url)}: the study database cannot be used: {first}{_way_out(first)}") from error


def _way_out(message: str) -> str:
    if "locked" in message:
        return "; another program holds it: end that and try again"
    if "malformed" in message or "not a database" in message:
        return "; restore it from a copy, or name another with --storage"
    return "; name another with --storage"


def open_storage(storage_url: str, must_exist: bool = False) -> optuna.storages.BaseStorage:
    """The database behind a SQLAlchemy URL, checked before Optuna touches it.

    Raises:
        UserError: not a URL, a file that is missing, damaged, locked or holds something else.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        url = make_url(storage_url)
    except ArgumentError as error:
        raise UserError("--storage: must be an SQLAlchemy URL such as sqlite:///studies.sqlite3") from error
    connect: dict[str, object] = {}
    if _is_sqlite(url):
        if url.database in (None, "", ":memory:"):
            raise UserError("--storage: must be a database that lasts, such as sqlite:///studies.sqlite3, not memory")
        _check_sqlite(Path(str(url.database)), must_exist)
        connect = {"timeout": BUSY_SECONDS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            return optuna.storages.RDBStorage(storage_url, engine_kwargs={"connect_args": connect})
        except ImportError as error:
            raise UserError(
                f"--storage: {url.get_backend_name()} needs a driver that is not installed: {first_line(error)}; "
                "install it with pip"
            ) from error


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _check_sqlite(file: Path, must_exist: bool) -> None:
    if not file.exists() or file.stat().st_size == 0:
        if must_exist:
            raise UserError(f"{file}: no study database here; launch a sweep first, or name it with --storage")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{file}: must be a file that can be made, but {error.strerror}") from error
        return
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS)
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatabaseError("quick_check", None, sqlite3.DatabaseError("database disk image is malformed"))
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    finally:
        connection.close()
    if tables and "studies" not in tables:
        raise UserError(f"{file}: must be a study database, but holds {', '.join(sorted(tables)[:3])}; name another")
