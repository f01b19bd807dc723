"""The lease of a study: one process at a time may write to it, from whatever folder or host it was started.

The lease is a row of the study itself. Its driver renews it by heartbeats. What the driver writes is committed only
if the lease is still its own, which is looked up in the same transaction.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
from sqlalchemy import Connection, Engine, event

from rts_search.basics.driver import this_process
from rts_search.basics.driver_lock import already_running
from rts_search.basics.errors import UserError
from rts_search.basics.signals import Interrupted, interrupt_this_process
from rts_search.study.database.storage import STORAGE_ERRORS
from rts_search.study.lease_row import LEASE_SECONDS, FileIdentity, LeaseRow, LeaseRows, Look, Standing
from rts_search.study.optuna_internals import engine_of, storage_of

BEAT_SECONDS = 10.0
"""Seconds between two heartbeats."""
LOOK_SECONDS = 1.0
"""Seconds between two looks of a driver whether its lease was lost, or whether it was asked to stop."""
JOIN_SECONDS = 5.0
"""Longest wait for the last heartbeat, where the database does not answer."""
MOST_TRIES = 10
"""Tries to take a lease that is free, where other processes take and give it back at the same moment."""
CHANGING = ("INSERT", "UPDATE", "DELETE")
"""First words of the statements that write."""
WROTE = "rts_search_wrote"
"""Name of the mark on a connection whose transaction has written."""

Say = Callable[[str], None]


class LeaseLost(UserError):
    """Another process drives the sweep now. This one must write nothing more."""


class Lease:
    """The right of this process to write to a study. Use `held`."""

    def __init__(self, rows: LeaseRows, sweep: str, row: LeaseRow, text: str | None, watch: str) -> None:
        self._rows, self._sweep, self._row, self._watch = rows, sweep, row, watch
        before = LeaseRow.read(text)
        self.original = before.file.path if before and before.file and before.copied_to(row.file) else None
        """The database of which this one is a copy, as far as this can be seen; None for any other."""
        self.lost: LeaseLost | None = None
        """The error of a lease that another process has taken; None as long as the lease is held."""
        self._guarded: list[Engine] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._interrupted = False
        """Whether the main thread knows that it must end."""

    def guard(self, study: optuna.Study) -> None:
        """From now on, let no transaction on a study's storage write anything after the lease is lost."""
        engine = engine_of(storage_of(study))
        for name, heard in self._events():
            event.listen(engine, name, heard)
        self._guarded.append(engine)

    def leave(self) -> None:
        """End the heartbeats, and let the storages write without this lease: to delete the study that holds it.

        Without this, the next look would find no lease, as if another process had taken it.
        """
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_SECONDS)
        while self._guarded:
            engine = self._guarded.pop()
            for name, heard in self._events():
                event.remove(engine, name, heard)

    def begin(self) -> None:
        """Start the heartbeats."""
        self._thread.start()

    def end(self, give_back: bool = True) -> None:
        """End the heartbeats, and give the lease back.

        `give_back`: false where the database cannot be used; the lease then ends with the process. So it does if an
        error comes now, which is not raised.
        """
        self.leave()
        if give_back:
            with suppress(*STORAGE_ERRORS):
                self._rows.replace(self._row.text, replace(self._row, word=""))

    def _events(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return ("before_cursor_execute", _note_write), ("rollback", _forget_write), ("commit", self._allow_commit)

    def _allow_commit(self, connection: Connection) -> None:
        """Called before a commit. Raises: LeaseLost: the transaction has written, and the lease is another's."""
        if not connection.info.pop(WROTE, False):
            return
        row = self._rows.row_on(connection)
        if row is None or row.word != self._row.word:
            self._interrupted = self._interrupted or threading.current_thread() is not self._thread
            raise self._lose(row)

    def _lose(self, row: LeaseRow | None) -> LeaseLost:
        if self.lost is None:
            who = _name(row if row and row.word else None)
            self.lost = LeaseLost(
                f"{self._sweep}: {who} has taken the sweep over, so this one has ended; what it had stored is kept; "
                f"watch the sweep with `{self._watch or f'rts-search watch {self._sweep}'}`"
            )
        return self.lost

    def _keep(self) -> None:
        """Renew the lease until it ends, is lost, or the user asks to stop."""
        last = time.monotonic()
        while not self._over.wait(LOOK_SECONDS):
            # A database that is away is the concern of the next write; the lease stays until another takes it.
            with suppress(*STORAGE_ERRORS, LeaseLost):
                look = self._rows.look()
                if look.row is None or look.row.word != self._row.word:
                    self._lose(look.row)
                elif time.monotonic() - last >= BEAT_SECONDS:
                    last = time.monotonic()
                    self._beat(look.row, look.now)
                if (self.lost or look.asked == self._row.word) and not self._interrupted:
                    self._interrupted = True
                    interrupt_this_process()

    def _beat(self, found: LeaseRow, now: float) -> None:
        self._row = found  # the answer to an earlier heartbeat may have been lost
        following = found.next_beat(now)
        if self._rows.replace(found.text, following):
            self._row = following


@contextmanager
def held(
    study: optuna.Study, sweep: str, lock: Path | None = None, say: Say | None = None, watch: str = ""
) -> Iterator[Lease]:
    """Hold the lease of a sweep while this process drives it, and renew it.

    Args:
        study: the sweep's, which is guarded.
        sweep: its name, for messages.
        lock: the lock file of the sweep's folder, which this process holds.
        say: is told when it must be waited to see whether a driver on another machine is gone; None: raise instead.
        watch: the command that shows the sweep, for messages; empty: without its place.

    Raises:
        UserError: another process drives the sweep.
        LeaseLost: another process has taken it over.
    """
    lease = take(study, sweep, lock, say, watch)
    lease.guard(study)
    usable = True
    try:
        lease.begin()
        yield lease
    except (Interrupted, KeyboardInterrupt):
        if lease.lost is not None:
            raise lease.lost from None
        raise
    except STORAGE_ERRORS:
        usable = False
        raise
    finally:
        lease.end(give_back=usable)


def take(study: optuna.Study, sweep: str, lock: Path | None = None, say: Say | None = None, watch: str = "") -> Lease:
    """Take the lease of a sweep, without heartbeats; see `held`. Raises: UserError."""
    rows, own = LeaseRows(study), None if lock is None else FileIdentity.of(lock)
    for _ in range(MOST_TRIES):
        look = rows.look()
        standing = look.standing(own)
        silent = standing is Standing.SILENT
        if standing is Standing.HELD or (silent and (say is None or _beats(rows, look, sweep, say))):
            raise already_running(sweep, _who(look), watch)
        row = LeaseRow(uuid.uuid4().hex, 0, look.now, this_process(), look.file, own, time.time())
        if rows.replace(look.text, row):
            return Lease(rows, sweep, row, look.text, watch)
    raise already_running(sweep, "another process", watch)


def require_free(look: Look, sweep: str, watch: str = "") -> None:
    """Raises: UserError: a process drives the sweep."""
    if look.driver is not None:
        raise already_running(sweep, _who(look), watch)


def _beats(rows: LeaseRows, seen: Look, sweep: str, say: Say) -> bool:
    """Whether the row changes within LEASE_SECONDS, by the clock of this process."""
    say(f"{sweep}: may still be driven by {_name(seen.row)}; waiting {LEASE_SECONDS:g} s for a sign of it")
    until = time.monotonic() + LEASE_SECONDS
    while time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        if rows.look().text != seen.text:
            return True
    return False


def _who(look: Look) -> str:
    """The driver of a row, in words; where it runs elsewhere, with the time at which its lease will be lost."""
    row = look.row
    if row is None or row.driver.runs():
        return _name(row)
    silent = look.now - row.at
    if silent >= LEASE_SECONDS:  # by the clock of another machine
        return f"{_name(row)}, as far as can be seen; `rts-search resume` finds out whether it is gone"
    until = time.strftime("%H:%M:%S", time.localtime(time.time() + LEASE_SECONDS - silent))
    return f"{_name(row)}, last heard of {max(silent, 0.0):.0f} s ago; if it is gone, try again after {until}"


def _name(row: LeaseRow | None) -> str:
    return "another process" if row is None else f"process {row.driver.pid} on {row.driver.host}"


def _note_write(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.lstrip()[:6].upper() in CHANGING:
        connection.info[WROTE] = True


def _forget_write(connection: Connection) -> None:
    if not connection.invalidated:  # its marks went with the connection to a server that is away
        connection.info.pop(WROTE, None)
