"""Logging in: pages lead to it, and neither its cookie, its target nor its form can be abused."""

from pathlib import Path

import pytest

from rts_search.server.database.tokens import create_token
from tests.rts_search.server.held import FINISHED, Held, fresh

pytestmark = pytest.mark.usefixtures("nothing_is_queued")
PAGES = ("/", "/new", "/audit", f"/sweeps/{FINISHED}", "/part/sweeps", f"/part/sweeps/{FINISHED}")


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_login(held: Held, path: str) -> None:
    answer = held.client().get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(held: Held) -> None:
    answer = held.client().post("/login", data={"token": held.tokens["ada"]})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags


def test_no_link_leads_from_the_login_to_another_site(held: Held) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"):
        answer = held.client().post("/login", data={"token": held.tokens["ada"], "next": target})
        assert answer.headers["location"] == "/"


def test_text_of_a_user_is_never_a_script(held: Held) -> None:
    page = held.client("vera").get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text
    policy = held.client("vera").get("/").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_client_may_try_to_log_in_ten_times_a_minute(tmp_path: Path) -> None:
    own = fresh(tmp_path)
    create_token(own.app.state.parts.database, "ada", "runner")
    codes = [own.client().post("/login", data={"token": f"rts_{number}"}).status_code for number in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_the_login_leads_back_to_the_page_with_its_query(held: Held) -> None:
    assert held.client().get("/new?from=a").headers["location"] == "/login?next=/new%3Ffrom%3Da"
