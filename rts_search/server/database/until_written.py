"""What is read from the database once, and again only after something has been written there."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from rts_search.server.database.connection import Database

Value = TypeVar("Value")


class UntilWritten(Generic[Value]):
    """One value. Several threads may use it."""

    def __init__(self, database: Database, read: Callable[[], Value]) -> None:
        """`read`: reads the value from the database; called again after each change of any table."""
        self._database, self._read = database, read
        self._lock = threading.Lock()
        self._known: tuple[int, Value] | None = None

    def get(self) -> Value:
        """The value of now. It is the same object as before unless the database has changed."""
        with self._lock:
            mark = self._database.mark()  # before reading: a change meanwhile is seen the next time
            if mark is None:
                return self._read()
            if self._known is None or self._known[0] != mark:
                self._known = mark, self._read()
            return self._known[1]
