"""The audit log says who did what, in words."""

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search.server.database.audit import AuditEntry
from rts_search.server.pages.audit_page import outcome, told
from tests.rts_search.server.held import Held, hold

SAME = {"Sec-Fetch-Site": "same-origin"}


def rows(client: TestClient) -> list[list[str]]:
    """User, action, sweep and outcome of each row."""
    found = re.findall(r"<tr>(<td.*?)</tr>", client.get("/audit").text, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in found]
    return [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row[1:5]] for row in cells]


def test_a_login_and_a_logout_name_their_user(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    held = hold(tmp_path / "results", tmp_path)
    browser = held.client()
    browser.post("/login", data={"token": "wrong"})
    browser.post("/login", data={"token": held.tokens["ada"]})
    browser.post("/logout", headers=SAME)
    held.client("vera").get("/audit")
    assert rows(held.client("root")) == [
        ["vera viewer", "open the audit log", "", "refused: forbidden (403)"],
        ["ada runner", "log out", "", "done"],
        ["ada runner", "log in", "", "done"],
        ["not known", "log in", "", "refused: unauthorized (401)"],
    ]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("POST /api/sweeps/{name}/stop", "stop"),
        ("DELETE /api/sweeps/{name}", "delete"),
        ("GET /something/new", "GET /something/new"),
    ],
)
def test_an_action_is_told_in_words(action: str, words: str) -> None:
    assert told(action) == words


def test_every_change_that_the_service_offers_has_words(held: Held) -> None:
    changes = [
        f"{method.upper()} {path}"
        for path, item in held.app.openapi()["paths"].items()
        for method in item
        if method in ("post", "patch", "delete")
    ]
    assert [action for action in changes if told(action) == action] == []


def test_a_refusal_names_its_reason() -> None:
    entry = AuditEntry(0.0, "ada", "runner", "127.0.0.1", "POST /api/sweeps", "mine", 202)
    assert outcome(entry) == "done"
