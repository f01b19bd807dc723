"""The tables of the service, beside Optuna's in the same database; times are seconds since 1970."""

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All of them."""


class TokenRow(Base):
    """Somebody who may use the service."""

    __tablename__ = "rts_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token; its 256 random bits need no slower hash."""
    created: Mapped[float]


class SessionRow(Base):
    """A browser that has logged in."""

    __tablename__ = "rts_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie."""
    token_id: Mapped[int] = mapped_column(ForeignKey("rts_tokens.id", ondelete="CASCADE"))
    expires: Mapped[float]


class JobRow(Base):
    """Something that the service has been asked to run, in a process of its own."""

    __tablename__ = "rts_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """launch, resume, confirm or plan."""
    sweep: Mapped[str] = mapped_column(String(64), index=True)
    active: Mapped[str | None] = mapped_column(String(80), unique=True)
    """What nobody else may work on while this job waits or runs; none once it has ended."""
    arguments: Mapped[dict[str, object]] = mapped_column(JSON)
    owner: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    """queued, running, finished, stopped, failed, lost (its process is gone with work left) or cancelled."""
    message: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(String(128))
    """How the process is found again; empty before it has begun."""
    created: Mapped[float]
    started: Mapped[float | None]
    ended: Mapped[float | None]

    __table_args__ = (Index("ix_rts_jobs_state", "state"),)


class AuditRow(Base):
    """One thing that somebody did, or was refused."""

    __tablename__ = "rts_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[float] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    status: Mapped[int]
