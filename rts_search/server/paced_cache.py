"""A cache for values that take long to make from data that changes often."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class _Entry(Generic[Value]):
    value: Value
    version: str
    urgent: object
    made_at: float
    took: float
    """Seconds that it took to make the value."""


class PacedCache(Generic[Key, Value]):
    """One value for each key. Several threads may use it; a key's value is made by one of them at a time."""

    def __init__(self, pause: float, most: float = math.inf, weight: Callable[[Value], float] = lambda _: 1.0) -> None:
        """
        Args:
            pause: a value that took t seconds to make is kept for `pause` * t seconds, even when its data changes.
            most: weight of all values that are kept, those that were made last; by default all are.
            weight: of a value, such as its bytes; 1 by default.
        """
        self._pause, self._most, self._weight = pause, most, weight
        self._entries: dict[Key, _Entry[Value]] = {}
        self._locks: defaultdict[Key, threading.Lock] = defaultdict(threading.Lock)

    def get(
        self, key: Key, version: str, make: Callable[[], Value], urgent: object = None, fresh: bool = False
    ) -> Value:
        """Return the value of a key. Make it if there is none, or if its data has changed and its pause is over.

        Args:
            key: of the value.
            version: of the data now.
            make: makes the value from the data.
            urgent: a part of the data, in `version` or not; when it changes, the value is made without a pause.
            fresh: make the value in any case.
        """
        with self._locks[key]:
            entry = self._entries.get(key)
            if entry is not None and not fresh and self._is_current(entry, version, urgent):
                return entry.value
            began = time.monotonic()
            value = make()
            now = time.monotonic()
            self._entries.pop(key, None)
            self._entries[key] = _Entry(value, version, urgent, now, now - began)
            if self._most < math.inf:
                self.keep_only(self._latest())
            return value

    def known(self, key: Key) -> Value | None:
        """The value of a key as it was made last; None where there is none."""
        entry = self._entries.get(key)
        return None if entry is None else entry.value

    def values(self) -> list[tuple[Key, Value]]:
        """The values of now, by their keys. None is made."""
        return [(key, entry.value) for key, entry in list(self._entries.items())]

    def keep_only(self, keys: Collection[Key]) -> None:
        """Forget the values of all other keys."""
        for key in self._entries.keys() - keys:
            self._entries.pop(key, None)

    def _latest(self) -> list[Key]:
        """The keys of the values that were made last and together weigh no more than is allowed."""
        found, weight = [], 0.0
        for key, value in reversed(self.values()):
            weight += self._weight(value)
            if weight > self._most:
                break
            found.append(key)
        return found

    def _is_current(self, entry: _Entry[Value], version: str, urgent: object) -> bool:
        if entry.urgent != urgent:
            return False
        return entry.version == version or time.monotonic() - entry.made_at < self._pause * entry.took
