"""Requests about one arm of a sweep: its extension and its best config."""

import json
import re
from html import unescape

import pytest
import yaml
from sqlalchemy import select
from starlette.testclient import TestClient

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.database.connection import Database
from rts_search.server.database.tables import JobRow
from rts_search.server.responses import SweepSummary
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.analysis.arms.test_table import TUNED
from tests.rts_search.store.swept import Swept, all_of

FAIR, PLAIN = "/api/sweeps/fair", "/api/sweeps/plain"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A results folder with a sweep that tunes its baselines, and one that does not."""
    swept = Swept(Results(tmp_path_factory.mktemp("arms") / "results"))
    all_of(swept, swept.sweep("fair", *TUNED))
    all_of(swept, swept.sweep("plain"))
    return Workspace(swept.results)


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> TestClient:
    """The service without its lifespan, so that no job is started."""
    return TestClient(create_app(ServerSettings(workspace)), base_url="http://localhost")


def queued(workspace: Workspace) -> list[tuple[str, str, dict[str, object]]]:
    """Kind, sweep and arguments of the jobs in the queue."""
    with Database(workspace.storage_url).session() as session:
        jobs = session.scalars(select(JobRow).where(JobRow.state == "queued"))
        return [(job.kind, job.sweep, job.arguments) for job in jobs]


@pytest.mark.parametrize(
    "body",
    [{"trials": 5, "arm": "sgd"}, {"trials": 2, "arm": "sam"}, {"trials": 2, "arm": "friendly_sam"}, {"trials": 4}],
    ids=["an arm", "a new one", "one of two words", "all"],
)
def test_arms_are_extended(client: TestClient, workspace: Workspace, body: dict[str, object]) -> None:
    answer = client.post(f"{FAIR}/extend", json=body)
    assert answer.status_code == 202, answer.text
    assert queued(workspace) == [("resume", "fair", body)]
    assert client.post(f"{FAIR}/stop", json={}).status_code == 202
    assert queued(workspace) == []


@pytest.mark.parametrize(
    ("sweep", "body", "line"),
    [
        (
            FAIR,
            {"trials": 5, "arm": "adam"},
            "fair: arm: must be one of rts, sgd, ngd, pugd, sam, asam, amp, looksam, gsam, friendly_sam, path_sgd, ",
        ),
        (FAIR, {"trials": 2, "arm": "sgd"}, "fair: trials: must be >= 3 for sgd, but got 2"),
        (FAIR, {"trials": 5, "arm": "SGD; ls"}, "body.arm: "),
        (PLAIN, {"trials": 9, "arm": "sgd"}, "plain: arm: needs a sweep whose baselines are tuned"),
    ],
)
def test_an_arm_that_cannot_be_extended_is_refused(
    client: TestClient, workspace: Workspace, sweep: str, body: dict[str, object], line: str
) -> None:
    answer = client.post(f"{sweep}/extend", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(line)
    assert queued(workspace) == []


def test_the_best_config_of_one_arm_is_exported(client: TestClient) -> None:
    told = yaml.safe_load(client.get(f"{FAIR}/best", params={"arm": "sgd"}).text)
    assert (told["provenance"]["arm"], told["provenance"]["selected_among"]) == ("sgd", 3)
    assert json.loads(client.get(f"{FAIR}/best", params={"arm": "pugd", "format": "json"}).text)
    for sweep, arm, status in (
        (FAIR, "adam", 409),
        (FAIR, "path_sgd", 409),
        (PLAIN, "pugd", 409),
        (PLAIN, "sgd", 200),
        (FAIR, "S;", 422),
    ):
        assert client.get(f"{sweep}/best", params={"arm": arm}).status_code == status, (sweep, arm)


def test_summaries_have_the_same_fields_with_and_without_arms(client: TestClient) -> None:
    for told in (*client.get("/api/sweeps").json(), client.get(FAIR).json(), client.get(PLAIN).json()):
        assert set(told) == set(SweepSummary.model_fields)
    assert client.get(FAIR).json()["trials"] == 2 + 3 + 2


def test_the_page_offers_the_arms_where_there_are_any(client: TestClient) -> None:
    page, plain = client.get("/sweeps/fair").text, client.get("/sweeps/plain").text
    assert [f"<option>{arm}</option>" in page for arm in ("rts", "sgd", "pugd", "sam")] == [True, True, True, False]
    (efforts,) = re.findall('data-efforts="(.*?)"', page)
    assert json.loads(unescape(efforts)) == {"rts": 2, "sgd": 3, "pugd": 2}
    assert 'id="arm"' not in plain
