"""Tokens and sessions: only valid ones are accepted, and the database holds only their hashes."""

import time
from pathlib import Path

import pytest
from sqlalchemy import update

from rts_search.server.database.connection import Database
from rts_search.server.database.tables import SessionRow
from rts_search.server.database.tokens import create_token, revoke_token
from tests.rts_search.server.held import Held, fresh

pytestmark = pytest.mark.usefixtures("nothing_is_queued")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer rts_nobodys",
        "Bearer ",
        "Bearer",
        "Basic YWRhOmFkYQ==",
        "Bearer ' OR 1=1 --",
        "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_an_unknown_token_is_refused(held: Held, header: str) -> None:
    answer = held.client().get("/api/sweeps", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


@pytest.mark.slow
def test_a_revoked_token_is_refused_and_its_browsers_are_logged_out(held: Held, database: Database) -> None:
    token = create_token(database, "eve", "viewer")
    client = held.client()
    client.post("/login", data={"token": token})
    assert client.get("/api/sweeps").status_code == 200
    revoke_token(database, "eve")
    assert client.get("/api/sweeps").status_code == 401
    assert held.client().get("/api/sweeps", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_tokens_and_cookies_are_not_in_the_database(held: Held) -> None:
    client = held.client()
    client.post("/login", data={"token": held.tokens["ada"]})
    (cookie,) = client.cookies.values()
    written = b"".join(file.read_bytes() for file in held.results.iterdir() if file.is_file())
    assert not [secret for secret in (*held.tokens.values(), cookie) if secret.encode() in written]


def test_a_session_expires(held: Held, database: Database) -> None:
    client = held.client()
    client.post("/login", data={"token": held.tokens["ada"]})
    assert client.get("/api/sweeps").status_code == 200
    with database.session() as session:
        session.execute(update(SessionRow).values(expires=time.time() - 1))
    assert client.get("/api/sweeps").status_code == 401


@pytest.mark.slow
def test_a_local_user_needs_no_token_until_there_is_one(tmp_path: Path) -> None:
    own = fresh(tmp_path)
    assert own.client().get("/api/sweeps").status_code == 200
    create_token(own.app.state.parts.database, "ada", "viewer")
    assert own.client().get("/api/sweeps").status_code == 401
