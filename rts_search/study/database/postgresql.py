"""Opens a study database on a PostgreSQL server, and knows what to do when that fails."""

import os

from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from rts_search.basics.errors import UserError
from rts_search.study.database.missing_tables import lacking, missing_tables
from rts_search.study.database.redaction import hidden
from rts_search.study.database.retrying_storage import PatientStorage, patience_with, tell_lost
from rts_search.study.optuna_internals import LAST_TABLE

DRIVER = "postgresql+psycopg"
CONNECT = {
    "application_name": "rts-search",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Settings of libpq that the URL may replace. A host that stops answering is noticed within a minute."""

POOL = {"pool_pre_ping": True, "pool_recycle": 1800, "pool_timeout": 30}
OPENING = 0x7275_6764
"""Key of the lock for making the tables, since two launches on an empty database would both make them."""

WAYS_OUT = {
    "password": "give the right one in RTS_SEARCH_STORAGE or ~/.pgpass",
    "permission denied": "let the database's owner GRANT this user CREATE and USAGE on its schema",
    "read-only": "name the server that takes writes with --storage",
    "does not exist": "make it, for example with createdb, or name another with --storage",
    "role ": "name a user that may log in",
    "connection": "see that the server runs and answers there, or name another with --storage",
    "resolve": "see that the host is right, or name another with --storage",
}
"""Part of an error message -> what to do."""


def is_postgresql(url: URL) -> bool:
    """Whether a URL is that of a PostgreSQL server, by either of its names."""
    return url.get_backend_name() in ("postgresql", "postgres")


def completed(url: URL) -> URL:
    """The URL with psycopg 3 as its driver, and with the password of PGPASSWORD unless it has one.

    Raises:
        UserError: the password has an unescaped character, so that its rest was read as the host.
    """
    if "@" in (url.host or ""):
        raise UserError("--storage: a password must be written percent-encoded in a URL: @ is %40, / is %2F, % is %25")
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername=DRIVER)
    if url.password is None and "password" not in url.query and "PGPASSWORD" in os.environ:
        url = url.set(password=os.environ["PGPASSWORD"])
    return url


def open_postgresql(url: URL) -> PatientStorage:
    """Open the database of a completed URL, and make its tables. Raises: ConnectionLost; errors of SQLAlchemy."""
    text = url.render_as_string(hide_password=False)
    patience = patience_with(text)
    connect = {name: value for name, value in CONNECT.items() if name not in url.query}
    engine = create_engine(url, poolclass=NullPool, connect_args=connect)
    tell_lost(engine)

    def opened() -> PatientStorage:
        with engine.begin() as connection:
            if connection.scalar(select(func.to_regclass(LAST_TABLE))) is None:
                connection.execute(select(func.pg_advisory_xact_lock(OPENING)))
            elif missing := missing_tables(inspect(connection).get_table_names()):
                raise lacking(hidden(url), missing)
            # Optuna fills the URL in as a template; a brace in the password must stay one.
            template = text.replace("{", "{{").replace("}", "}}")
            return PatientStorage(template, patience, engine_kwargs={"connect_args": connect, **POOL})

    return patience.insist(opened)


def way_out(message: str) -> str | None:
    """What to do about an error message of libpq or the server; None when it is not known."""
    return next((what for sign, what in WAYS_OUT.items() if sign in message), None)
