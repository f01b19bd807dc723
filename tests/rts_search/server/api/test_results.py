"""The API serves every figure that the analysis can draw."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search.analysis.figures import FIGURES, Figure, SweepView
from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.landscape_record import LandscapeRecord
from rts_search.study.workspace import Workspace
from tests.rts_search.landscapes import SETTINGS, run
from tests.rts_search.store.swept import Swept

ASKED = "/api/sweeps/mine/figures"


def draw_trials(view: SweepView) -> Figure:
    """A figure that somebody has added: the number of trials."""
    return Figure("Trials", "The number of trials.", [{"type": "bar", "y": [len(view.entries)]}], {})


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    swept = Swept(Results(tmp_path / "results"))
    swept.train(swept.sweep("mine"))
    return TestClient(create_app(ServerSettings(Workspace(swept.results))), base_url="http://localhost")


def test_a_figure_that_is_added_to_the_list_is_served_and_on_the_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FIGURES, "trials", draw_trials)
    assert client.get(f"{ASKED}/trials").json()["data"] == [{"type": "bar", "y": [1]}]
    assert f'data-figure="{ASKED}/trials"' in client.get("/sweeps/mine").text


def test_every_figure_is_named_in_the_document_of_the_api_and_served(client: TestClient) -> None:
    operation = client.get("/api/openapi.json").json()["paths"]["/api/sweeps/{name}/figures/{figure}"]["get"]
    (schema,) = [one["schema"] for one in operation["parameters"] if one["name"] == "figure"]
    assert schema["enum"] == list(FIGURES)
    assert {client.get(f"{ASKED}/{figure}").status_code for figure in FIGURES} == {200}


def test_the_numbers_of_a_figure_are_a_table_to_download(client: TestClient) -> None:
    answer = client.get(f"{ASKED}/curves?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="mine-curves.csv"'
    assert answer.text.splitlines()[0].startswith("series,x_axis,x,y_axis,y,")
    nothing = client.get(f"{ASKED}/landscape?format=csv")
    assert (nothing.status_code, nothing.json()["error"]) == (
        409,
        "landscape: has no numbers yet, since there is nothing to draw",
    )


def test_a_landscape_is_shown_as_soon_as_it_is_measured(client: TestClient, tmp_path: Path) -> None:
    assert client.get(f"{ASKED}/landscape").json() is None
    record = LandscapeRecord(tmp_path / "results" / "mine" / "landscape.json")
    record.begin(SETTINGS, [run("rts", 1)])
    assert client.get(f"{ASKED}/landscape").json() is None, "nothing is measured yet"
    record.add(SETTINGS, run("rts", 1), "curve", run("rts", 1).measured["curve"])
    assert client.get(f"{ASKED}/landscape").json()["title"] == "Landscape"


def test_an_unknown_figure_is_refused_with_the_names_of_those_that_exist(client: TestClient) -> None:
    answer = client.get(f"{ASKED}/secrets")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("figure: must be one of cost, curves, ")
    assert answer.json()["error"].endswith("but got 'secrets'")


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_table_that_would_lack_epochs_is_refused_with_the_way_to_get_them_back(client: TestClient, form: str) -> None:
    answer = client.get(f"/api/sweeps/mine/table?format={form}")
    assert answer.status_code == 409
    assert "mine: the tables must have every epoch, but lack 8 epochs (trial 0: 1-8 missing)" in answer.json()["error"]
    assert "`rts-search restore mine" in answer.json()["error"]


def test_stability_and_costs_are_drawn_from_the_records_of_the_store(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    swept.train(swept.sweep("mine"), records=True)
    client = TestClient(create_app(ServerSettings(Workspace(swept.results))), base_url="http://localhost")
    for name in ("stability", "costs"):
        figure = client.get(f"{ASKED}/{name}").json()
        assert {line["name"] for line in figure["data"]} >= {"sgd"}
