"""The queue of jobs in the database: which are waiting, which have a driver, and how the others ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rts_search.server.database.connection import Database
from rts_search.server.database.job_states import (
    DELETE,
    DRIVEN,
    ENDED,
    FOLLOWING,
    ON_STOP,
    TOLD,
    Job,
    Kind,
)
from rts_search.server.database.request_keys import Asked, remember, repeated_job
from rts_search.server.database.tables import JobRow
from rts_search.server.database.until_written import UntilWritten

COLUMNS = tuple(getattr(JobRow, name) for name in Job.__dataclass_fields__)
"""The columns of a row, in the order of the fields of a job."""
OF_SWEEPS = JobRow.kind.not_in(("plan", DELETE))
DELETION_SECONDS = 120.0
"""A deletion that its service has not ended for this long was cut off."""


class BusyError(ValueError):
    """The sweep has a job that waits or runs already, or is being deleted."""


class Jobs:
    """The queue. Several services may use it at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unwritten: dict[int, tuple[str, str]] = {}
        """Number of a job -> the end, with its message, that the database could not take yet."""
        self._of_sweeps = UntilWritten(database, self._read_latest)

    def add(
        self,
        kind: Kind,
        sweep: str,
        arguments: dict[str, Any],
        owner: str,
        priority: int = 0,
        asked: Asked | None = None,
    ) -> Job:
        """Add a job. A sweep may have one plan and one other job at a time.

        asked: the key of the request, which adds one job however often it is sent.

        Raises:
            BusyError: the sweep has such a job already, or another sweep has whose name differs in case alone.
            KeyUsedError: the key was used for another request.
            RepeatedError: the request was sent before.
        """
        row = _new_row(kind, sweep, arguments, owner, "queued", priority)
        try:
            with self._keys_unique(asked), self._database.session() as session:
                session.add(row)
                session.flush()
                remember(session, asked, row.id)
                return _job(row)
        except IntegrityError as error:
            raise self._busy(sweep, row.active) from error

    def _busy(self, sweep: str, active: str | None) -> BusyError:
        with self._database.session() as session:
            row = session.scalar(select(JobRow).where(JobRow.active == active))
            if row is not None and row.kind == DELETE:
                return BusyError(f"{sweep}: is being deleted now; try again later")
            if row is not None and row.sweep != sweep:
                return BusyError(
                    f"{sweep}: must differ from the names of all other sweeps in more than upper and lower case, but "
                    f"{row.sweep} waits or runs; choose another name"
                )
        return BusyError(f"{sweep}: a job of this sweep waits or runs already; stop it first")

    def get(self, number: int) -> Job | None:
        """The job of this number, or None."""
        found = self._read(select(*COLUMNS).where(JobRow.id == number, JobRow.kind != DELETE))
        return found[0] if found else None

    def of_sweep(self, sweep: str) -> list[Job]:
        """All jobs of a sweep except plans, newest first."""
        return self._read(select(*COLUMNS).where(JobRow.sweep == sweep, OF_SWEEPS).order_by(JobRow.id.desc()))

    def latest(self) -> dict[str, Job]:
        """The newest job of every sweep, except plans, by the name of the sweep."""
        return self._read_latest() if self._unwritten else self._of_sweeps.get()

    def _read_latest(self) -> dict[str, Job]:
        return {job.sweep: job for job in self._read(select(*COLUMNS).where(OF_SWEEPS).order_by(JobRow.id))}

    def waiting(self) -> list[Job]:
        """The waiting jobs, in the order in which they start."""
        return self._read(select(*COLUMNS).where(JobRow.state == "queued").order_by(JobRow.priority.desc(), JobRow.id))

    def driven(self) -> list[Job]:
        """The jobs that have a driver, or get one now, and those whose end is not written yet."""
        wanted = select(*COLUMNS).where(JobRow.state.in_(DRIVEN), JobRow.kind != DELETE)
        return self._read(wanted.order_by(JobRow.id))

    def claim(self, job: Job, process: str) -> Job | None:
        """Claim a waiting job before its driver starts; None when another service has it, or it was cancelled.

        process: the name of the driver, by which it is found again.
        """
        changes: dict[str, Any] = {"started": time.time(), "process": process, "message": ""}
        return replace(job, state="starting", **changes) if self._move(job, "starting", **changes) else None

    def report(self, process: str) -> bool:
        """The driver of this name begins its work; False when its job was stopped, or has got another driver."""
        reported = update(JobRow).where(JobRow.process == process, JobRow.state == "starting")
        with self._database.session() as session:
            return _changed(session, reported.values(state="running"))

    def put_back(self, job: Job, message: str) -> bool:
        """Let a job wait again whose driver did not start, with this message; not when a user has stopped it."""
        return self._move(job, "queued", started=None, process="", message=message)

    def end(self, job: Job, state: str, message: str = "") -> None:
        """Record how a job ended; a second call for the same job changes nothing.

        Where the database cannot take it now, such as on a full disk, all reads of this object show it nevertheless.

        Raises: one of STORAGE_ERRORS; call it again later.
        """
        kept = self._unwritten.get(job.id, (state, message))
        self._unwritten[job.id] = kept
        while (now := self._row(job)) is not None and now.state in DRIVEN and now.process == job.process:
            if self._move(now, kept[0], message=kept[1], ended=time.time(), active=None):
                break
        self._unwritten.pop(job.id, None)

    def stop(self, job: Job, asked: Asked | None = None) -> str:
        """Take a waiting job out of the queue, or ask for the end of one that has a driver.

        Returns the state that the job has got by this call, "" where it was stopping, or had ended, before. A driver
        must be told when the state is `stopping`, and only then. One that has not reported ends by itself.

        Raises: KeyUsedError, RepeatedError: see `add`.
        """
        while (now := self._row(job)) is not None and now.state in ON_STOP:
            state = ON_STOP[now.state]
            over = {"ended": time.time(), "active": None} if state in ENDED else {}
            if self._move(now, state, asked, message="", **over):
                return state
        self.note_done(asked, job.id)
        return ""

    def note_told(self, job: Job) -> None:
        """Write down that the driver of a job that is stopping was told."""
        told = update(JobRow).where(JobRow.id == job.id, JobRow.state == "stopping").values(message=TOLD)
        with self._database.session() as session:
            session.execute(told)

    def note_done(self, asked: Asked | None, job: int | None = None) -> None:
        """Write down that a request with a key is done. Raises: KeyUsedError, RepeatedError: see `add`."""
        with self._keys_unique(asked), self._database.session() as session:
            remember(session, asked, job)

    def begin_deletion(self, sweep: str, owner: str) -> Job:
        """Keep the place of a sweep while it is deleted, so that no job is added. Raises: BusyError."""
        row = _new_row(DELETE, sweep, {}, owner, "running")
        try:
            with self._database.session() as session:
                session.add(row)
                session.flush()
                return _job(row)
        except IntegrityError as error:
            raise self._busy(sweep, row.active) from error

    def end_deletion(self, deletion: Job, deleted: bool) -> None:
        """Give the place of a sweep free. `deleted`: forget its earlier jobs, too; a plan that runs goes on.

        The row of the deletion stays: SQLite would give the number of a last job that is gone to the next one.
        """
        earlier = (JobRow.sweep == deletion.sweep, JobRow.id < deletion.id, JobRow.state.in_(ENDED))
        ended = {"state": "finished" if deleted else "failed", "ended": time.time(), "active": None}
        with self._database.session() as session:
            if deleted:
                session.execute(delete(JobRow).where(*earlier))
            session.execute(update(JobRow).where(JobRow.id == deletion.id).values(**ended))

    def forget_old_deletions(self) -> None:
        """Give the places free of sweeps whose deletion was cut off, with its service, before it ended."""
        old = (JobRow.kind == DELETE, JobRow.state == "running", JobRow.created < time.time() - DELETION_SECONDS)
        with self._database.session() as session:
            if session.scalar(select(JobRow.id).where(*old)) is not None:
                session.execute(update(JobRow).where(*old).values(state="lost", ended=time.time(), active=None))

    def owner(self, sweep: str) -> str | None:
        """The user who launched a sweep; None when the command line did."""
        wanted = select(JobRow.owner).where(JobRow.sweep == sweep, JobRow.kind == "launch").order_by(JobRow.id.desc())
        with self._database.session() as session:
            return session.scalars(wanted).first()

    def _move(self, job: Job, state: str, asked: Asked | None = None, **changes: Any) -> bool:
        """Let another state follow that of `job`; False when the job has got another one, or driver, since."""
        assert state in FOLLOWING[job.state], f"{job.state} -> {state}"
        still = (JobRow.id == job.id, JobRow.state == job.state, JobRow.process == job.process)
        with self._keys_unique(asked), self._database.session() as session:
            moved = _changed(session, update(JobRow).where(*still).values(state=state, **changes))
            if moved:
                remember(session, asked, job.id)
        return moved

    @contextmanager
    def _keys_unique(self, asked: Asked | None) -> Iterator[None]:
        """Inside, only the key of a request can be taken. Raises: KeyUsedError, RepeatedError."""
        try:
            yield
        except IntegrityError:
            repeated_job(self._database, asked)
            raise

    def _row(self, job: Job) -> Job | None:
        """The job as it is now in the database."""
        with self._database.session() as session:
            row = session.execute(select(*COLUMNS).where(JobRow.id == job.id)).first()
            return None if row is None else Job(*row)

    def _read(self, wanted: Any) -> list[Job]:
        with self._database.session() as session:
            return [self._seen(Job(*row)) for row in session.execute(wanted)]

    def _seen(self, job: Job) -> Job:
        """The job with its end, where this has not been written yet."""
        if job.over or job.id not in self._unwritten:
            return job
        state, message = self._unwritten[job.id]
        return replace(job, state=state, message=message)


def _new_row(kind: str, sweep: str, arguments: dict[str, Any], owner: str, state: str, priority: int = 0) -> JobRow:
    return JobRow(
        kind=kind,
        sweep=sweep,
        active=f"{'plan:' if kind == 'plan' else ''}{sweep.casefold()}",
        arguments=arguments,
        owner=owner,
        priority=priority,
        state=state,
        message="",
        process="",
        created=time.time(),
        started=None,
        ended=None,
    )


def _changed(session: Session, statement: Any) -> bool:
    """Execute an update; whether it found a row."""
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _job(row: JobRow) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__dataclass_fields__})
