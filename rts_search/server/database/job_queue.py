"""The queue: what the service has been asked to run, and how far each of it is."""

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
    """Somebody works on the same sweep already."""


@dataclass(frozen=True)
class Job:
    """One of them."""

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
        """Whether it has ended."""
        return self.state in ENDED


class Jobs:
    """The queue in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: Kind, sweep: str, arguments: dict[str, Any], owner: str, priority: int = 0) -> Job:
        """Ask for something to be run. Raises: BusyError when something on the same sweep waits or runs."""
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
            raise BusyError(f"{sweep}: something waits or runs for this sweep already; stop that first") from error

    def get(self, number: int) -> Job | None:
        """A job by its number."""
        with self._database.session() as session:
            row = session.get(JobRow, number)
            return None if row is None else _job(row)

    def of_sweep(self, sweep: str) -> list[Job]:
        """What was asked for a sweep besides plans, the last first."""
        wanted = select(JobRow).where(JobRow.sweep == sweep, JobRow.kind != "plan").order_by(JobRow.id.desc())
        return self._read(wanted)

    def latest(self) -> dict[str, Job]:
        """The last thing asked for every sweep, besides plans."""
        return {job.sweep: job for job in self._read(select(JobRow).where(JobRow.kind != "plan").order_by(JobRow.id))}

    def waiting(self) -> list[Job]:
        """What waits, in the order in which it should begin."""
        wanted = select(JobRow).where(JobRow.state == "queued").order_by(JobRow.priority.desc(), JobRow.id)
        return self._read(wanted)

    def running(self) -> list[Job]:
        """What runs."""
        return self._read(select(JobRow).where(JobRow.state == "running").order_by(JobRow.id))

    def begin(self, job: Job, process: str) -> bool:
        """Claim a queued job for the process that is to be started next; False when another has it, or nobody may."""
        claim = update(JobRow).where(JobRow.id == job.id, JobRow.state == "queued")
        with self._database.session() as session:
            done = session.execute(claim.values(state="running", started=time.time(), process=process, message=""))
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def put_back(self, job: Job, message: str) -> None:
        """Let a job that could not be started wait for its turn again, unless it has been asked to stop."""
        back = update(JobRow).where(JobRow.id == job.id, JobRow.state == "running", JobRow.message == "")
        with self._database.session() as session:
            session.execute(back.values(state="queued", started=None, process="", message=message))

    def note(self, job: Job, message: str) -> None:
        """Write down what is to be known of a job that runs."""
        with self._database.session() as session:
            session.execute(update(JobRow).where(JobRow.id == job.id).values(message=message))

    def end(self, job: Job, state: str, message: str = "") -> None:
        """Write down how a job ended; the first word counts."""
        ended = update(JobRow).where(JobRow.id == job.id, JobRow.state.not_in(ENDED))
        with self._database.session() as session:
            session.execute(ended.values(state=state, message=message, ended=time.time(), active=None))

    def cancel(self, job: Job) -> bool:
        """Take a job out of the queue; False when it has begun."""
        waiting = update(JobRow).where(JobRow.id == job.id, JobRow.state == "queued")
        with self._database.session() as session:
            done = session.execute(waiting.values(state="cancelled", ended=time.time(), active=None))
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def forget(self, sweep: str) -> None:
        """Forget what was asked for a sweep that is deleted."""
        with self._database.session() as session:
            for row in session.scalars(select(JobRow).where(JobRow.sweep == sweep)):
                session.delete(row)

    def owner(self, sweep: str) -> str | None:
        """Who launched a sweep; nobody that the service knows when it was the command line."""
        wanted = select(JobRow.owner).where(JobRow.sweep == sweep, JobRow.kind == "launch").order_by(JobRow.id.desc())
        with self._database.session() as session:
            return session.scalars(wanted).first()

    def _read(self, wanted: Any) -> list[Job]:
        with self._database.session() as session:
            return [_job(row) for row in session.scalars(wanted)]


def _job(row: JobRow) -> Job:
    names = Job.__dataclass_fields__
    return Job(**{name: getattr(row, name) for name in names})
