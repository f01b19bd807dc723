"""Who did what, and what they were refused."""

import time
from dataclasses import asdict, dataclass

from sqlalchemy import select

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import AuditRow


@dataclass(frozen=True)
class Deed:
    """One thing that was done or refused."""

    time: float
    who: str
    role: str
    address: str
    action: str
    target: str
    status: int
    """HTTP status; the command line's own deeds have 200."""

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


def record(database: Database, who: str, role: str, address: str, action: str, target: str, status: int) -> None:
    """Write a deed down."""
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


def latest(database: Database, most: int = 200) -> list[Deed]:
    """The latest deeds, the last first."""
    with database.session() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(most))
        return [Deed(r.time, r.who, r.role, r.address, r.action, r.target, r.status) for r in rows]
