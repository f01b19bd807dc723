"""The keys of requests (Idempotency-Key): a request that is sent again with its key is not done again."""

import time
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import RequestRow

KEPT_SECONDS = 7 * 24 * 3600.0
"""A key is remembered for this long."""


@dataclass(frozen=True)
class Asked:
    """A request that has a key."""

    owner: str
    """The user who sent it; each user has keys of their own."""
    key: str
    digest: str
    """SHA-256 of the method, the path, the query and the body."""


class RepeatedError(Exception):
    """The request was done before."""

    def __init__(self, job: int | None) -> None:
        super().__init__("the request was done before")
        self.job = job
        """Number of the job that it added or stopped; None where it stopped a sweep of the command line."""


class KeyUsedError(ValueError):
    """The key was used for another request."""


def repeated_job(database: Database, asked: Asked | None) -> None:
    """Raises: RepeatedError: this request was done before. KeyUsedError: another one with its key was."""
    if asked is None:
        return
    with database.session() as session:
        row = session.get(RequestRow, (asked.owner, asked.key))
        if row is None:
            return
        if row.digest != asked.digest:
            raise KeyUsedError(
                f"Idempotency-Key: must be new for a request with another path, query or body, but {asked.key} was used"
            )
        raise RepeatedError(row.job)


def remember(session: Session, asked: Asked | None, job: int | None) -> None:
    """Write down, in the transaction of what the request does, that it is done.

    Raises: IntegrityError: the key is taken, at the end of the transaction at the latest.
    """
    if asked is None:
        return
    session.execute(delete(RequestRow).where(RequestRow.created < time.time() - KEPT_SECONDS))
    session.add(RequestRow(owner=asked.owner, key=asked.key, digest=asked.digest, job=job, created=time.time()))
    session.flush()
