"""Optuna's dashboard shows the studies to users who have logged in, and nobody can change them there."""

import pytest

from tests.rts_search.server.held import FINISHED, Held


def test_a_viewer_sees_the_studies(held: Held) -> None:
    vera = held.client("vera")
    assert vera.get("/optuna").headers["location"] == "/dashboard"
    page = vera.get("/dashboard")
    assert (page.status_code, "Optuna Dashboard" in page.text) == (200, True)
    assert vera.get("/dashboard/studies/1").status_code == 200
    assert vera.get("/static/bundle.js").status_code == 200
    (study,) = vera.get("/api/studies").json()["study_summaries"]
    assert study["study_name"] == FINISHED
    trials = vera.get(f"/api/studies/{study['study_id']}").json()["trials"]
    assert len(trials) == vera.get(f"/api/sweeps/{FINISHED}").json()["trials"]


@pytest.mark.parametrize("path", ["/dashboard", "/static/bundle.js", "/api/meta", "/api/studies", "/csv/1"])
def test_without_a_session_its_pages_lead_to_the_login(held: Held, path: str) -> None:
    answer = held.client().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/optuna")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/studies"),
        ("POST", "/api/studies/1/rename"),
        ("DELETE", "/api/studies/1"),
        ("PUT", "/api/studies/1/note"),
        ("POST", "/api/studies/1/1/skip"),
        ("PUT", "/api/studies/1/1/note"),
        ("POST", "/api/trials/1/tell"),
        ("POST", "/api/trials/1/user-attrs"),
    ],
)
def test_nothing_can_be_changed_there(held: Held, method: str, path: str) -> None:
    before = held.client("root").get("/api/studies/1").text
    answer = held.client("root").request(method, path, json={"study_name": "x", "directions": ["maximize"]})
    assert answer.status_code in (404, 405)
    assert held.client("root").get("/api/studies/1").text == before


@pytest.mark.parametrize("path", ["/static/..%2f_app.py", "/static/%2e%2e/_app.py", "/static/%2fetc%2fpasswd"])
def test_only_its_own_files_are_served(held: Held, path: str) -> None:
    assert held.client("vera").get(path).status_code in (403, 404)
