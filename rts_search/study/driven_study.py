"""A study that one process at a time drives: who it is, how to become it, and how to ask it to stop."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna

from rts_search.basics.driver import Driver
from rts_search.study import attributes as kept
from rts_search.study.database.storage import patience_of
from rts_search.study.direct_writes import write_study
from rts_search.study.lease import Lease, LeaseLost, Say, held, require_free
from rts_search.study.lease_row import LeaseRows
from rts_search.study.optuna_internals import storage_of


def new_identity() -> str:
    """12 hexadecimal digits that no other study has."""
    return uuid.uuid4().hex[:12]


class DrivenStudy:
    """The study of a sweep or of a part of one, as far as its driver is concerned."""

    def __init__(self, study: optuna.Study, name: str) -> None:
        """`name`: the sweep's."""
        self._study, self.name = study, name
        self.identity = ""
        """What tells this study from all others, whatever their names; the sweep's study reads it."""
        self.watch = ""
        """The command that shows the sweep, for messages; `Workspace` knows its place."""
        self._lease: Lease | None = None

    @contextmanager
    def driven(self, lock: Path | None = None, say: Say | None = None) -> Iterator[Lease]:
        """Let this process alone write to the study.

        Args:
            lock: the lock file of the sweep's folder, which this process holds.
            say: is told when it must be waited to see whether a driver on another machine is gone; None: raise instead.

        Raises:
            UserError: another process drives the sweep.
            LeaseLost: another process has taken it over.
        """
        with held(self._study, self.name, lock, say, self.watch) as lease:
            self._own(lease)
            if lease.original is not None and say is not None:
                say(f"{self.name}: this is a copy of {lease.original}; it goes on as a sweep of its own")
            yield lease

    def join(self, lease: Lease) -> None:
        """Write under the lease of the sweep whose part this study is."""
        lease.guard(self._study)
        self._own(lease)

    def _own(self, lease: Lease) -> None:
        self._lease = lease
        if lease.original is not None:
            self.identity = new_identity()
            self._write({kept.IDENTITY: self.identity})
        if kept.NAMED_RUNS not in self._study.user_attrs:
            self._write({kept.NAMED_RUNS: len(self._study.get_trials(deepcopy=False))})

    @property
    def lost(self) -> LeaseLost | None:
        """The error of a study that another process has taken over from this one; None for any other."""
        return None if self._lease is None else self._lease.lost

    def require_idle(self) -> None:
        """Raises: UserError: a process drives the study."""
        require_free(LeaseRows(self._study).look(), self.name, self.watch)

    def driver(self) -> Driver | None:
        """The process that drives the study now, from whatever folder or host; None where there is none."""
        return LeaseRows(self._study).look().driver

    def driven_since(self, driver: Driver | None) -> float | None:
        """When its driver began with it; see `Look.since`."""
        return LeaseRows(self._study).look().since(driver)

    def ask_to_stop(self) -> bool:
        """Ask the driver to stop, which it reads within a second or two. False when there is none."""
        look = LeaseRows(self._study).look()
        if look.driver is None or look.row is None:
            return False
        self._write({kept.STOP: look.row.word})
        return True

    @property
    def named_runs(self) -> int:
        """Number of trials, the first ones, whose runs in trackers earlier versions knew by the sweep's name."""
        return int(self._study.user_attrs.get(kept.NAMED_RUNS, 0))

    def _write(self, attributes: Mapping[str, Any]) -> None:
        """Write attributes of the study. Raises: UserError: the study was deleted."""
        write_study(self._study, attributes, patience_of(storage_of(self._study)).insist)
