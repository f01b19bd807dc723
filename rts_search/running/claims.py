"""What sweeps over one store are about to train, told through the store: no two of them train the same epoch."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rts_search.basics.signals import Noted
from trainables.core.history.store import Store

BEAT_SECONDS = 5.0
"""How often a running sweep renews its claim."""
STALE_SECONDS = 30.0
"""A claim that has not been renewed for so long is that of a driver that is gone."""
LOOK_SECONDS = 1.0
"""How often the claims of others are read, at most, as long as they keep a trial from its beginning."""


@dataclass(frozen=True)
class _Seen:
    """Another sweep's claim, and since when it has been seen unchanged, by this process's own clock."""

    payload: bytes
    epochs: frozenset[str]
    since: float

    @property
    def stale(self) -> bool:
        return time.monotonic() - self.since >= STALE_SECONDS


class Claims:
    """The claim of one sweep beside those of others.

    A claim lists epochs by their addresses. It is taken by writing it down first and looking at the others' then: of
    two sweeps that do so at the same moment at least one sees the other's and lets go. Claims only save work: where
    they cannot be written or read, an epoch may be trained twice, with equal numbers.
    """

    def __init__(self, store: Store, name: str, machine: str, shares_with_any: bool = False) -> None:
        """
        Args:
            store: the store that the sweeps have in common.
            name: unique name of this sweep.
            machine: where it trains; what others train is of use to it when they train on the same.
            shares_with_any: whether it is of use from any machine.
        """
        self._store, self._name, self._machine, self._shares_with_any = store, name, machine, shares_with_any
        self._own: dict[int, Sequence[str]] = {}
        self._seen: dict[str, _Seen] = {}
        self._others: frozenset[str] = frozenset()
        self._looked = -LOOK_SECONDS
        self._writing = threading.Lock()
        self._beats = 0
        self._over = threading.Event()
        self._awaited: set[str] = set()

    @contextlib.contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the claim meanwhile, and let go of everything in the end."""
        beating = threading.Thread(target=self._beat, name="claims", daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._over.set()
            beating.join()
            with contextlib.suppress(OSError):
                self._store.drop_claim(self._name)

    def take(self, number: int, keys: Sequence[str]) -> bool:
        """Claim the epochs that a trial is going to train, first to last; False when another sweep trains some."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()
        if self._awaits(keys):
            return False
        self._own[number] = keys
        self._write()
        self._look()
        if self._awaits(keys):
            self.release(number)
            return False
        return True

    def hold(self, number: int, keys: Sequence[str]) -> None:
        """Change what a trial that runs is going to train; others hear of it with the next beat."""
        self._own[number] = keys

    def release(self, number: int) -> None:
        """A trial does not run any more."""
        if self._own.pop(number, None) is not None:
            self._write()

    @property
    def awaiting(self) -> bool:
        """Whether a trial was held back since `forget`, because another sweep trains what it needs."""
        return bool(self._awaited)

    def forget(self) -> None:
        """Forget which trials were held back."""
        self._awaited.clear()

    def wait(self, seconds: float, over: Noted) -> None:
        """Wait until the first of the trials that were held back can begin, so many seconds at most, or it is over."""
        until = time.monotonic() + seconds
        while self._awaited <= self._others and time.monotonic() < until and not over.wait(LOOK_SECONDS):
            self._look()

    def _awaits(self, keys: Sequence[str]) -> bool:
        if self._others.isdisjoint(keys):
            return False
        # With the last one everything before it is trained, too.
        self._awaited.add(next(key for key in reversed(keys) if key in self._others))
        return True

    def _look(self) -> None:
        """See which epochs other sweeps are going to train."""
        claims: Mapping[str, bytes] = {}
        with contextlib.suppress(OSError):
            claims = self._store.claims()
        before, self._seen, self._looked = self._seen, {}, time.monotonic()
        for name, payload in claims.items():
            seen = before.get(name)
            if name == self._name:
                continue
            if seen is None or seen.payload != payload:
                seen = _Seen(payload, self._usable(payload), self._looked)
            elif seen.stale:
                with contextlib.suppress(OSError):
                    self._store.drop_claim(name)
            self._seen[name] = seen
        self._others = frozenset().union(*(seen.epochs for seen in self._seen.values() if not seen.stale))

    def _usable(self, payload: bytes) -> frozenset[str]:
        claim = json.loads(payload)
        return frozenset(claim["epochs"] if self._shares_with_any or claim["machine"] == self._machine else ())

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            self._write()

    def _write(self) -> None:
        with self._writing, contextlib.suppress(OSError):
            self._beats += 1
            epochs = sorted({key for keys in list(self._own.values()) for key in keys})
            claim = {"machine": self._machine, "epochs": epochs, "beat": self._beats}
            self._store.put_claim(self._name, json.dumps(claim).encode())
