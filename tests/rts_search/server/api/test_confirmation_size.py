"""Before a confirmation is asked for, the service tells how many runs it can have with the numbers typed so far."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.rts_search.server.confirmed import confirmed


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return confirmed(tmp_path).client


def test_the_size_follows_the_numbers(client: TestClient) -> None:
    usual = client.get("/api/sweeps/mine/confirm").json()
    assert usual["told"] in client.get("/sweeps/mine").text
    few = client.get("/api/sweeps/mine/confirm?top_k=1&seeds=3").json()
    assert few == {
        "contenders": 1,
        "seeds": 3,
        "runs_at_least": 6,
        "runs_at_most": 6,
        "told": "With the numbers shown, it trains up to 6 runs at full length.",
    }
    assert usual["runs_at_most"] > few["runs_at_most"]
    seeds = client.get("/api/sweeps/mine/confirm?seeds=3").json()
    assert few["runs_at_most"] < seeds["runs_at_most"] < usual["runs_at_most"]


@pytest.mark.parametrize("query", ["seeds=1", "top_k=0", "top_k=many", "at=own_cost"])
def test_numbers_that_a_confirmation_refuses_are_refused_here_too(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/sweeps/mine/confirm?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_there_must_be_such_a_sweep(client: TestClient) -> None:
    assert client.get("/api/sweeps/nobody/confirm").status_code == 404
