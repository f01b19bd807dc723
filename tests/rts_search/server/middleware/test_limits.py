"""Requests are refused by size, host and rate before they are read."""

from pathlib import Path

import pytest

from rts_search.server.middleware.limits import MOST_BYTES
from tests.rts_search.server.held import Held, fresh
from tests.rts_search.server.service import YAML

pytestmark = pytest.mark.usefixtures("nothing_is_queued")


def test_a_large_body_is_refused_with_and_without_its_length(held: Held) -> None:
    ada, body = held.client("ada"), b"#" * (MOST_BYTES + 1)
    assert ada.post("/api/check", content=body, headers=YAML).status_code == 413
    assert ada.post("/api/check", content=iter([body[:1000], body]), headers=YAML).status_code == 413
    assert ada.post("/api/check", content=b"x", headers={**YAML, "Content-Length": "-1"}).status_code in (400, 413)
    assert ada.post("/api/check", content=b"#" * 1000, headers=YAML).status_code == 422


def test_a_request_for_another_host_name_is_refused(held: Held) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""):
        answer = held.client("root").get("/api/sweeps", headers={"Host": host})
        assert answer.status_code == 421
    for host in ("localhost:8265", "127.0.0.1:1", "[::1]:8265"):
        assert held.client("root").get("/api/sweeps", headers={"Host": host}).status_code == 200


def test_a_client_that_sends_too_many_requests_has_to_wait(tmp_path: Path) -> None:
    own = fresh(tmp_path, requests_per_second=5)
    answers = [own.client().get("/healthz") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert int(next(answer for answer in answers if answer.status_code == 429).headers["Retry-After"]) >= 1
