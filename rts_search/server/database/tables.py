"""The tables of the service, in the same database as Optuna's tables. Times are seconds since 1970."""

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base class of all tables of the service."""


class TokenRow(Base):
    """A token: the name and the role of a user."""

    __tablename__ = "rts_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token. It has 256 random bits, so no slower hash is needed."""
    created: Mapped[float]


class SessionRow(Base):
    """A session of a browser that has logged in."""

    __tablename__ = "rts_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie."""
    token_id: Mapped[int] = mapped_column(ForeignKey("rts_tokens.id", ondelete="CASCADE"))
    expires: Mapped[float]


class JobRow(Base):
    """A job: a command that the service runs as a process of its own."""

    __tablename__ = "rts_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """launch, resume, confirm or plan; delete while the sweep is deleted."""
    sweep: Mapped[str] = mapped_column(String(64), index=True)
    active: Mapped[str | None] = mapped_column(String(80), unique=True)
    """The name in lower case, unique while the job waits or runs, so that a sweep has one job at a time; null once the
    job has ended."""
    arguments: Mapped[dict[str, object]] = mapped_column(JSON)
    owner: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    """A state of `job_states`; lost: its process ended before its work was done."""
    message: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(String(128))
    """The name by which its process is found again; empty while the job waits."""
    created: Mapped[float]
    started: Mapped[float | None]
    ended: Mapped[float | None]

    __table_args__ = (Index("ix_rts_jobs_state", "state"),)


class RequestRow(Base):
    """A request with a key that was done, so that it is not done again."""

    __tablename__ = "rts_requests"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the method, the path, the query and the body."""
    job: Mapped[int | None]
    """Number of the job that it added or stopped."""
    created: Mapped[float] = mapped_column(index=True)


class NoteRow(Base):
    """What users write about a sweep."""

    __tablename__ = "rts_notes"

    sweep: Mapped[str] = mapped_column(String(64), primary_key=True)
    study: Mapped[str] = mapped_column(String(64))
    """Identity of the sweep's study: a later sweep of the same name has no note."""
    text: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(JSON)
    archived: Mapped[bool]
    """Whether the list leaves the sweep out unless it is asked for."""
    changed: Mapped[float]


class AuditRow(Base):
    """An action that a user did, or was refused."""

    __tablename__ = "rts_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[float] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    status: Mapped[int]
