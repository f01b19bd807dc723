"""Claims in the checkpoint store, so that two sweeps do not train the same epoch at the same time."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from rts_search.basics.driver import Driver, this_process
from rts_search.basics.signals import Noted
from trainables.core.history.store import Store

BEAT_SECONDS = 5.0
"""Seconds between two renewals of a sweep's claim."""
STALE_SECONDS = 30.0
"""Seconds without a renewal after which a claim is removed, because its driver has ended. The claim of a process of
this machine that no longer runs is removed at once."""
LOOK_SECONDS = 1.0
"""Shortest time between two reads of the claims of other sweeps, while a trial waits for one of them."""


@dataclass(frozen=True)
class _Seen:
    """Another sweep's claim, and how long it is unchanged by the clock of this process."""

    payload: bytes
    epochs: frozenset[str]
    driver: Driver | None
    """None for a claim of an earlier version."""
    since: float

    @property
    def stale(self) -> bool:
        gone = self.driver is not None and self.driver.runs() is False
        return gone or time.monotonic() - self.since >= STALE_SECONDS


class Claims:
    """The claim of one sweep, and the claims of other sweeps over the same store.

    A claim lists the addresses of epochs. A sweep first writes its claim and then reads the claims of others. If two
    sweeps claim an epoch at the same moment, at least one of them sees the other claim and releases its own. Claims
    only save work: if they cannot be written or read, an epoch may be trained twice, with equal numbers.
    """

    def __init__(self, store: Store, name: str, machine: str, shares_with_any: bool = False) -> None:
        """
        Args:
            store: the store that the sweeps share.
            name: unique name of this sweep.
            machine: id of the machine. This sweep waits only for epochs that the same machine trains.
            shares_with_any: whether it waits for epochs from any machine.
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
        """Renew the claim during the context, and remove it at the end."""
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
        """Claim the epochs that a trial is going to train, in order; False when another sweep trains some."""
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
        """Replace the claimed epochs of a running trial. Other sweeps see the change after the next renewal."""
        self._own[number] = keys

    def release(self, number: int) -> None:
        """Remove the claim of a trial that no longer runs."""
        if self._own.pop(number, None) is not None:
            self._write()

    @property
    def awaiting(self) -> bool:
        """Whether a trial had to wait since the last call of `forget`, because another sweep trains its epochs."""
        return bool(self._awaited)

    def forget(self) -> None:
        """Forget which trials had to wait."""
        self._awaited.clear()

    def wait(self, seconds: float, over: Noted) -> None:
        """Wait until one of the waiting trials can begin, until `over` is set, or for `seconds`."""
        until = time.monotonic() + seconds
        while self._awaited <= self._others and time.monotonic() < until and not over.wait(LOOK_SECONDS):
            self._look()

    def _awaits(self, keys: Sequence[str]) -> bool:
        if self._others.isdisjoint(keys):
            return False
        # When the last of these epochs is trained, the earlier ones are trained too.
        self._awaited.add(next(key for key in reversed(keys) if key in self._others))
        return True

    def _look(self) -> None:
        """Read which epochs other sweeps are going to train. Remove claims that are no longer renewed."""
        claims: Mapping[str, bytes] = {}
        with contextlib.suppress(OSError):
            claims = self._store.claims()
        before, self._seen, self._looked = self._seen, {}, time.monotonic()
        for name, payload in claims.items():
            seen = before.get(name)
            if name == self._name:
                continue
            if seen is None or seen.payload != payload:
                seen = self._read(payload)
            if seen.stale:
                with contextlib.suppress(OSError):
                    self._store.drop_claim(name)
            self._seen[name] = seen
        self._others = frozenset().union(*(seen.epochs for seen in self._seen.values() if not seen.stale))

    def _read(self, payload: bytes) -> _Seen:
        claim = json.loads(payload)
        epochs = claim["epochs"] if self._shares_with_any or claim["machine"] == self._machine else ()
        driver = Driver(**claim["driver"]) if "driver" in claim else None
        return _Seen(payload, frozenset(epochs), driver, self._looked)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            self._write()

    def _write(self) -> None:
        with self._writing, contextlib.suppress(OSError):
            self._beats += 1
            epochs = sorted({key for keys in list(self._own.values()) for key in keys})
            driver = asdict(this_process())
            claim = {"machine": self._machine, "driver": driver, "epochs": epochs, "beat": self._beats}
            self._store.put_claim(self._name, json.dumps(claim).encode())
