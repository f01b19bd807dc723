"""The request of the form: fields are changed in the text, and all mistakes are told at once."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from rts_search.server.form.starting_text import FIRST
from tests.rts_search.server.held import FINISHED, Held, fresh
from tests.rts_search.server.service import YAML, small

pytestmark = pytest.mark.slow


def drafted(client: TestClient, text: str, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/drafts", json={"text": text, "changes": changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.usefixtures("nothing_is_queued")
def test_a_name_that_is_taken_is_told_before_a_launch(held: Held) -> None:
    found = drafted(held.client("ada"), FIRST, name=FINISHED)
    assert found["checked"] is None
    (mistake,) = found["mistakes"]
    assert (mistake["place"], mistake["line"]) == ("name", None) or mistake["line"] == 2
    assert "a sweep of this name exists" in mistake["text"]
    assert drafted(held.client("ada"), FIRST, name="studies.sqlite3")["mistakes"][0]["place"] == "name"
    assert drafted(held.client("ada"), FIRST, name=FINISHED.upper())["mistakes"][0]["place"] == "name"


@pytest.mark.usefixtures("nothing_is_queued")
def test_only_those_who_launch_sweeps_may_ask(held: Held) -> None:
    body = {"text": FIRST}
    assert held.client().post("/api/drafts", json=body).status_code == 401
    assert held.client("vera").post("/api/drafts", json=body).status_code == 403
    assert held.client("ada").post("/api/drafts", json={"text": FIRST, "more": 1}).status_code == 422


def test_all_mistakes_are_told_with_place_and_line(tmp_path: Path) -> None:
    client = fresh(tmp_path).client()
    good = drafted(client, FIRST)
    assert (good["mistakes"], good["text"], good["checked"]["trials"]) == ([], FIRST, 24)
    assert good["values"]["training.epochs"] == 12

    wrong = FIRST.replace("trials: 24", "trials: 0\n  sampler: bayes").replace("epochs: 12", "epochs: many\n  spin: 1")
    found = drafted(client, wrong)
    told = {(one["place"], one["line"]) for one in found["mistakes"]}
    assert told >= {("training.epochs", 7), ("training.spin", 8), ("search.trials", 13), ("search.sampler", 14)}
    assert found["checked"] is None

    (later,) = drafted(client, FIRST, **{"training.epochs": "0"})["mistakes"]
    assert later == {"place": "training.epochs", "text": "must be >= 1, but got 0", "line": 7}
    (elsewhere,) = drafted(client, FIRST, **{"dataset.name": "imagefolder", "dataset.root": "/etc"})["mistakes"]
    assert elsewhere["place"] == "dataset.root"
    assert "data folder of this service" in elsewhere["text"]


def test_a_text_that_is_no_yaml_comes_back_as_it_is(tmp_path: Path) -> None:
    client = fresh(tmp_path).client()
    found = drafted(client, "name: a\ntraining: [\n", name="b")
    assert (found["text"], found["values"], found["checked"]) == ("name: a\ntraining: [\n", None, None)
    assert [(one["place"], one["line"]) for one in found["mistakes"]] == [("", 3)]
    for text in ("", "- 1\n", "\ud800"[:0] + "a: \x00", "a: 1\na: 2\n", "[" * 3000):
        assert drafted(client, text)["mistakes"], text


def test_the_text_of_a_launch_is_what_a_clone_begins_with(tmp_path: Path) -> None:
    client = fresh(tmp_path).client()
    text = small("mine").replace("space: radius", "space: radius  # my own words")
    assert client.post("/api/sweeps", content=text, headers=YAML).status_code == 202
    page = client.get("/new?from=mine")
    assert page.status_code == 200
    assert "space: radius  # my own words" in page.text
    assert "name: mine-2" in page.text
    waits = drafted(client, text)["mistakes"]
    assert [(one["place"], "waits or runs" in one["text"]) for one in waits] == [("name", True)]
    assert client.get("/new?from=nothing").status_code == 404


@pytest.mark.usefixtures("nothing_is_queued")
def test_a_sweep_of_the_command_line_is_cloned_from_its_study(held: Held) -> None:
    page = held.client("ada").get(f"/new?from={FINISHED}").text
    assert f"name: {FINISHED}-2\ndataset:\n  name: digits\n  num_train: 64\n" in page
    assert f"<option>{FINISHED}</option>" in page or f"<option selected>{FINISHED}</option>" in page
