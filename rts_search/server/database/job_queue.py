"""The queue of jobs in the database: which are waiting, which are running, and how the others ended."""

import time
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import JobRow

Kind = Literal["launch", "resume", "confirm", "plan"]
ENDED = ("finished", "stopped", "failed", "lost", "cancelled")


class BusyError(ValueError):
    """The sweep has a job that waits or runs already."""


@dataclass(frozen=True)
class Job:
    """One row of the queue; see JobRow for its columns."""

    id: int
    kind: str
    sweep: str
    arguments: dict[str, Any]
    owner: str
    priority: int
    state: str
    message: str
    process: str
    created: float
    started: float | None
    ended: float | None

    @property
    def over(self) -> bool:
        """Whether the job has ended."""
        return self.state in ENDED


class Jobs:
    """The queue. Several services may use it at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: Kind, sweep: str, arguments: dict[str, Any], owner: str, priority: int = 0) -> Job:
        """Add a job. A sweep may have one plan and one other job at a time.

        Raises: BusyError: the sweep has such a job already.
        """
        row = JobRow(
            kind=kind,
            sweep=sweep,
            active=f"{'plan:' if kind == 'plan' else ''}{sweep}",
            arguments=arguments,
            owner=owner,
            priority=priority,
            state="queued",
            message="",
            process="",
            created=time.time(),
            started=None,
            ended=None,
        )
        try:
            with self._database.session() as session:
                session.add(row)
                session.flush()
                return _job(row)
        except IntegrityError as error:
            raise BusyError(f"{sweep}: a job of this sweep waits or runs already; stop it first") from error

    def get(self, number: int) -> Job | None:
        """The job of this number, or None."""
        with self._database.session() as session:
            row = session.get(JobRow, number)
            return None if row is None else _job(row)

    def of_sweep(self, sweep: str) -> list[Job]:
        """All jobs of a sweep except plans, newest first."""
        wanted = select(JobRow).where(JobRow.sweep == sweep, JobRow.kind != "plan").order_by(JobRow.id.desc())
        return self._read(wanted)

    def latest(self) -> dict[str, Job]:
        """The newest job of every sweep, except plans, by the name of the sweep."""
        return {job.sweep: job for job in self._read(select(JobRow).where(JobRow.kind != "plan").order_by(JobRow.id))}

    def waiting(self) -> list[Job]:
        """The waiting jobs, in the order in which they start."""
        wanted = select(JobRow).where(JobRow.state == "queued").order_by(JobRow.priority.desc(), JobRow.id)
        return self._read(wanted)

    def running(self) -> list[Job]:
        """The running jobs."""
        return self._read(select(JobRow).where(JobRow.state == "running").order_by(JobRow.id))

    def begin(self, job: Job, process: str) -> bool:
        """Claim a waiting job before its driver starts; False when another service has claimed it, or it was cancelled.

        process: the name of the driver, by which it is found again.
        """
        claim = update(JobRow).where(JobRow.id == job.id, JobRow.state == "queued")
        with self._database.session() as session:
            done = session.execute(claim.values(state="running", started=time.time(), process=process, message=""))
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def put_back(self, job: Job, message: str) -> None:
        """Let a job that could not be started wait again, with this message; not when a user has stopped it."""
        back = update(JobRow).where(JobRow.id == job.id, JobRow.state == "running", JobRow.message == "")
        with self._database.session() as session:
            session.execute(back.values(state="queued", started=None, process="", message=message))

    def note(self, job: Job, message: str) -> None:
        """Set the message of a running job."""
        with self._database.session() as session:
            session.execute(update(JobRow).where(JobRow.id == job.id).values(message=message))

    def end(self, job: Job, state: str, message: str = "") -> None:
        """Record how a job ended; a second call for the same job changes nothing."""
        ended = update(JobRow).where(JobRow.id == job.id, JobRow.state.not_in(ENDED))
        with self._database.session() as session:
            session.execute(ended.values(state=state, message=message, ended=time.time(), active=None))

    def cancel(self, job: Job) -> bool:
        """Take a waiting job out of the queue; False when it does not wait any more."""
        waiting = update(JobRow).where(JobRow.id == job.id, JobRow.state == "queued")
        with self._database.session() as session:
            done = session.execute(waiting.values(state="cancelled", ended=time.time(), active=None))
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def forget(self, sweep: str) -> None:
        """Delete the jobs of a sweep that is deleted."""
        with self._database.session() as session:
            for row in session.scalars(select(JobRow).where(JobRow.sweep == sweep)):
                session.delete(row)

    def owner(self, sweep: str) -> str | None:
        """The user who launched a sweep; None when the command line did."""
        wanted = select(JobRow.owner).where(JobRow.sweep == sweep, JobRow.kind == "launch").order_by(JobRow.id.desc())
        with self._database.session() as session:
            return session.scalars(wanted).first()

    def _read(self, wanted: Any) -> list[Job]:
        with self._database.session() as session:
            return [_job(row) for row in session.scalars(wanted)]


def _job(row: JobRow) -> Job:
    names = Job.__dataclass_fields__
    return Job(**{name: getattr(row, name) for name in names})
