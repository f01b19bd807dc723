"""The audit log: which user did what, or was refused."""

import time
from dataclasses import asdict, dataclass

from sqlalchemy import select

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import AuditRow


@dataclass(frozen=True)
class AuditEntry:
    """One action that a user did, or was refused."""

    time: float
    """Seconds since 1970."""
    who: str
    role: str
    address: str
    action: str
    """HTTP method and route."""
    target: str
    """Name of the sweep; empty when the action has none."""
    status: int
    """HTTP status of the response."""

    def to_dict(self) -> dict[str, object]:
        """The entry as a dictionary of plain values."""
        return asdict(self)


def record(database: Database, who: str, role: str, address: str, action: str, target: str, status: int) -> None:
    """Add an entry; texts are cut to the width of their columns."""
    row = AuditRow(
        time=time.time(),
        who=who[:64],
        role=role,
        address=address[:64],
        action=action[:64],
        target=target[:200],
        status=status,
    )
    with database.session() as session:
        session.add(row)


def latest(database: Database, most: int = 200) -> list[AuditEntry]:
    """The latest entries, newest first."""
    with database.session() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(most))
        return [AuditEntry(r.time, r.who, r.role, r.address, r.action, r.target, r.status) for r in rows]
