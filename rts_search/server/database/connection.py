"""Opens the database of the service, and brings its tables up to date."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from rts_search.study.database.storage import open_storage, storage_errors
from rts_search.study.optuna_internals import engine_of


class Database:
    """The tables of the service, in the same database as the studies."""

    def __init__(self, storage_url: str) -> None:
        """Open the database, and migrate its tables. Raises: UserError: it cannot be used."""
        self.url = storage_url
        with storage_errors(storage_url):
            self.storage = open_storage(storage_url)
            self.engine: Engine = engine_of(self.storage)
            _migrate(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._marking: Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: it is committed at the end, or rolled back after an error."""
        with self._sessions.begin() as session:
            yield session

    def mark(self) -> int | None:
        """A number that is another one after each change of the database, whoever made it.

        None for a database server, which has no such number. For SQLite this asks a connection that never writes: the
        number of a connection does not count its own changes (https://www.sqlite.org/pragma.html#pragma_data_version).
        """
        if self.engine.dialect.name != "sqlite":
            return None
        with self._lock:
            if self._marking is None:
                self._marking = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return int(self._marking.exec_driver_sql("PRAGMA data_version").scalar_one())


def _migrate(engine: Engine) -> None:
    with as_file(files("rts_search.server.database") / "migrations") as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
