"""Any number of sweeps are compared by a request and by a page whose address is a link to the selection."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept

NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with three sweeps that have ended, and one that has not begun."""
    swept = Swept(Results(tmp_path_factory.mktemp("compared")))
    for place, name in enumerate(NAMES, 1):
        study = swept.sweep(name, f"training.lr=0.0{place}")
        for _ in range(study.total):
            swept.train(study)
    swept.sweep("young")
    with TestClient(create_app(ServerSettings(Workspace(swept.results))), base_url="http://localhost") as made:
        yield made


def test_a_request_compares_any_number_of_sweeps(client: TestClient) -> None:
    found = client.get("/api/compare", params={"sweep": NAMES, "against": "two"}).json()
    assert found["against"] == "two"
    assert [sweep["sweep"] for sweep in found["sweeps"]] == list(NAMES)
    assert found["differing"]["training.lr"] == [0.01, 0.02, 0.03]
    assert [(row["sweep"], row["method"]) for row in found["rows"]][:2] == [("one", "rts"), ("one", "sgd")]
    pair = client.get("/api/sweeps/one/compare/two").json()
    assert pair["differing"]["training.lr"] == [0.01, 0.02]


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({"sweep": ["one", "one"]}, 409, "one: must be another sweep than the first of this name"),
        ({"sweep": ["one", "young"]}, 409, "young: must have a completed trial to be compared"),
        ({"sweep": ["one"], "against": "two"}, 409, "--against: must be one of the sweeps that are compared (one)"),
        ({"sweep": ["one", "none"]}, 404, "none"),
        ({}, 422, "sweep"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    client: TestClient, asked: dict[str, list[str]], status: int, told: str
) -> None:
    answer = client.get("/api/compare", params=asked)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


def test_the_address_of_a_page_holds_the_selection(client: TestClient) -> None:
    page = client.get("/compare?sweep=one&sweep=two&sweep=three&against=three").text
    assert "<h2>one, two and three</h2>" in page
    assert page.count(" checked>") == 3
    assert "<option selected>three</option>" in page
    assert "Best accuracy against charged cost" in page
    earlier = client.get("/compare?first=one&second=two").text
    assert "<h2>one and two</h2>" in earlier
    nothing = client.get("/compare")
    assert (nothing.status_code, "Choose one sweep or more." in nothing.text) == (200, True)
    refused = client.get("/compare?sweep=one&sweep=young")
    assert (refused.status_code, 'role="alert">young: must have' in refused.text) == (409, True)
