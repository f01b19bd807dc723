"""The tokens of users and the sessions of their browsers. The database holds only their hashes."""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, select

from rts_search.basics.errors import UserError
from rts_search.server.database.connection import Database
from rts_search.server.database.tables import SessionRow, TokenRow

Role = Literal["viewer", "runner", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each role may do all that the roles before it may."""
SESSION_SECONDS = 12 * 3600.0
"""Seconds that a browser stays logged in."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Identity:
    """An authenticated user."""

    name: str
    role: Role
    by_cookie: bool = False
    """Whether a cookie identified the user. Browsers send cookies on their own, so the page has to be checked too."""

    def may(self, role: Role) -> bool:
        """Whether the user has at least this role."""
        return ROLES.index(self.role) >= ROLES.index(role)


def create_token(database: Database, name: str, role: str) -> str:
    """Create a token and return it; only its hash is stored. Raises: UserError: the name or the role is not valid."""
    if not NAME.fullmatch(name):
        raise UserError(f"NAME: must be 1 to 64 characters from A-Z a-z 0-9 . _ @ -, but got {name!r}")
    if role not in ROLES:
        raise UserError(f"--role: must be {', '.join(ROLES[:-1])} or {ROLES[-1]}, but got {role!r}")
    token = f"rts_{secrets.token_urlsafe(32)}"
    with database.session() as session:
        if session.scalar(select(TokenRow).where(TokenRow.name == name)) is not None:
            raise UserError(f"{name}: a token of this name exists; revoke it first: rts-search token revoke {name}")
        session.add(TokenRow(name=name, role=role, digest=digest(token), created=time.time()))
    return token


def revoke_token(database: Database, name: str) -> None:
    """Revoke a token and end the sessions of its browsers. Raises: UserError: there is no such token."""
    with database.session() as session:
        row = session.scalar(select(TokenRow).where(TokenRow.name == name))
        if row is None:
            raise UserError(f"{name}: there is no token of this name; see `rts-search token list`")
        session.execute(delete(SessionRow).where(SessionRow.token_id == row.id))
        session.delete(row)


def tokens(database: Database) -> list[TokenRow]:
    """All tokens, sorted by name."""
    with database.session() as session:
        return list(session.scalars(select(TokenRow).order_by(TokenRow.name)))


def identity_of_token(database: Database, token: str) -> Identity | None:
    """The user of a token; None when there is no such token."""
    with database.session() as session:
        row = session.scalar(select(TokenRow).where(TokenRow.digest == digest(token)))
        return None if row is None else Identity(row.name, _role(row))


def begin_session(database: Database, token: str) -> str | None:
    """Start a session of a browser and return its cookie; None when there is no such token."""
    cookie = secrets.token_urlsafe(32)
    with database.session() as session:
        session.execute(delete(SessionRow).where(SessionRow.expires < time.time()))
        row = session.scalar(select(TokenRow).where(TokenRow.digest == digest(token)))
        if row is None:
            return None
        session.add(SessionRow(digest=digest(cookie), token_id=row.id, expires=time.time() + SESSION_SECONDS))
    return cookie


def identity_of_session(database: Database, cookie: str) -> Identity | None:
    """The user who logged in with this browser; None when nobody did, or the session has expired."""
    found = select(TokenRow).join(SessionRow, SessionRow.token_id == TokenRow.id)
    with database.session() as session:
        row = session.scalar(found.where(SessionRow.digest == digest(cookie), SessionRow.expires >= time.time()))
        return None if row is None else Identity(row.name, _role(row), by_cookie=True)


def end_session(database: Database, cookie: str) -> None:
    """End the session of a browser."""
    with database.session() as session:
        session.execute(delete(SessionRow).where(SessionRow.digest == digest(cookie)))


def digest(secret: str) -> str:
    """The hash of a token or a cookie, as the database holds it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _role(row: TokenRow) -> Role:
    return next(role for role in ROLES if role == row.role)
