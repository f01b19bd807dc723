"""Opens the study database, and says in one line why one cannot be used."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from rts_search.basics.errors import UserError
from rts_search.study.database.postgresql import completed, is_postgresql, open_postgresql, way_out
from rts_search.study.database.redaction import hidden, redacted
from rts_search.study.database.retrying_storage import ConnectionLost, Patience, PatientStorage, first_said
from rts_search.study.database.sqlite_file import open_sqlite
from rts_search.study.optuna_internals import behind_cache, engine_of, has_engine
from trainables.core.settings.section import first_line

BUSY_SECONDS = 20
"""How long a command waits, at least, while another program holds an SQLite file."""


def shown(storage_url: str) -> str:
    """The database for a message: its file, or its URL without the password."""
    try:
        url = make_url(storage_url)
    except (ArgumentError, ValueError):
        return "the storage URL"
    return str(url.database) if _is_sqlite(url) else hidden(url)


def sqlite_file(storage_url: str) -> Path | None:
    """The file of an SQLite database; None for a server. Raises: UserError: it is not a URL."""
    url = _parsed(storage_url)
    return Path(str(url.database)).resolve() if _is_sqlite(url) else None


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


class StorageUnusable(UserError):
    """The database cannot be used. A sweep that it ends can be resumed."""


@contextmanager
def storage_errors(storage_url: str) -> Iterator[None]:
    """Turn an error of the database into a StorageUnusable of one line."""
    try:
        yield
    except STORAGE_ERRORS as error:
        cause = error.__cause__ or error
        first = redacted(first_said(getattr(cause, "orig", None) or cause), storage_url)
        text = f"{shown(storage_url)}: the study database cannot be used: {first}{_way_out(first, storage_url)}"
        raise StorageUnusable(text) from error


@contextmanager
def resumable(go_on: str) -> Iterator[None]:
    """Add to a StorageUnusable that ends a sweep how the sweep goes on. `go_on`: the command."""
    try:
        yield
    except StorageUnusable as error:
        raise StorageUnusable(f"{error}; then continue with `{go_on}`") from error


def _way_out(message: str, storage_url: str) -> str:
    if is_postgresql(make_url(storage_url)) and (known := way_out(message)):
        return f"; {known}"
    if "locked" in message:
        return "; another program holds it: end that and try again"
    if "readonly" in message:
        return "; it was moved, removed or made read-only: put it back, or name the place where it is now"
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
                if url.database in (None, "", ":memory:"):
                    raise UserError(
                        "--storage: must be a database that lasts, such as sqlite:///studies.sqlite3, not memory"
                    )
                return open_sqlite(url, must_exist, BUSY_SECONDS)
            return optuna.storages.RDBStorage(storage_url)
        except ImportError as error:
            # Optuna's own words name no module: those of the import do.
            missing = first_line(error.__cause__ or error.__context__ or error)
            way_out = "install it with" if is_postgresql(url) else "use an SQLite file, or PostgreSQL with"
            raise UserError(
                f"--storage: {url.get_backend_name()} needs a driver that is not installed: {missing}; "
                f"{way_out} `pip install 'rts-search[postgresql]'`"
            ) from error
        except RuntimeError as error:  # tables of another version of Optuna
            raise UserError(f"{shown(storage_url)}: the study database cannot be used: {first_line(error)}") from error


def url_of(storage: optuna.storages.BaseStorage) -> str:
    """The URL of an open database, for `storage_errors`; empty for the memory of this process."""
    return engine_of(storage).url.render_as_string(hide_password=False) if has_engine(storage) else ""


def patience_of(storage: optuna.storages.BaseStorage) -> Patience:
    """How long a storage waits for its server, or for another program that holds its file."""
    backend = behind_cache(storage)
    return backend.patience if isinstance(backend, PatientStorage) else Patience()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"
