"""Who may read and change what: by role, by owner, and never through a page of another site."""

import pytest

from tests.rts_search.server.held import CHANGES, SWEEP, Held, content_type
from tests.rts_search.server.service import YAML, small

pytestmark = pytest.mark.usefixtures("nothing_is_queued")
READ = (
    "/api/schema",
    "/api/sweeps",
    *(f"{SWEEP}{part}" for part in ("", "/trials", "/trials/0/epochs", "/table", "/best", "/sweep", "/figures/curves")),
    f"{SWEEP}/confirm",
)


@pytest.mark.parametrize("path", READ)
def test_without_a_token_nothing_can_be_read_and_a_viewer_reads_everything(held: Held, path: str) -> None:
    refused = held.client().get(path)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert list(refused.json()) == ["error"]
    assert held.client("vera").get(path).status_code == 200


@pytest.mark.parametrize(("method", "path", "content"), CHANGES)
@pytest.mark.parametrize(("who", "status"), [(None, 401), ("vera", 403)])
def test_a_viewer_changes_nothing(
    held: Held, method: str, path: str, content: str, who: str | None, status: int
) -> None:
    answer = held.client(who).request(method, path, content=content, headers=content_type(path))
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("method", "path", "content"), CHANGES[2:])
def test_only_an_admin_changes_the_sweep_of_another_user(held: Held, method: str, path: str, content: str) -> None:
    answer = held.client("bob").request(method, path, content=content, headers=content_type(path))
    assert (answer.status_code, "is not yours" in answer.json()["error"]) == (403, True)


def test_only_an_admin_raises_the_priority_and_reads_the_audit_log(held: Held) -> None:
    ada, root = held.client("ada"), held.client("root")
    assert ada.post("/api/sweeps?priority=1", content=small("new"), headers=YAML).status_code == 403
    assert ada.get("/audit").status_code == 403
    page = root.get("/audit")
    assert page.status_code == 200
    assert "launch" in page.text
    assert "refused: forbidden (403)" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080"},
        {},
    ],
)
def test_a_page_of_another_site_cannot_make_a_browser_change_anything(held: Held, headers: dict[str, str]) -> None:
    browser = held.client()
    browser.post("/login", data={"token": held.tokens["root"]})
    for method, path, content in CHANGES:
        answer = browser.request(method, path, content=content, headers={**content_type(path), **headers})
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "this request did not come from a page of this service",
        )
    assert browser.post("/logout", headers=headers).status_code == 403
    assert browser.get("/api/sweeps").status_code == 200


def test_a_page_of_this_service_can_make_a_browser_send_a_sweep(held: Held) -> None:
    browser = held.client()
    browser.post("/login", data={"token": held.tokens["root"]})
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}):
        answer = browser.post("/api/check", content=small("new"), headers={**YAML, **headers})
        assert answer.status_code == 200, answer.text
