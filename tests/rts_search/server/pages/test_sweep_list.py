"""The list of sweeps."""

import re
from pathlib import Path

from starlette.testclient import TestClient

from tests.rts_search.server.held import fresh
from tests.rts_search.server.pages.sweeps_in_states import FINISHED, INTERRUPTED, RUNNING, TUNED_ONE


def listed(client: TestClient, query: str = "") -> list[str]:
    return re.findall(r'class="name"><a href="/sweeps/([^"]+)"', client.get(f"/{query}").text)


def test_the_one_that_runs_is_first_and_a_row_names_best_and_best_baseline(local: TestClient) -> None:
    assert listed(local)[0] == RUNNING
    assert set(listed(local)) == {FINISHED, TUNED_ONE, RUNNING, INTERRUPTED}
    text = local.get("/").text
    assert "val_acc, 4.00 points better" in text
    assert re.search(r'data-head="best baseline">-1.00 % <small>sgd</small>', text)


def test_an_archived_sweep_is_out_of_the_list_and_can_be_found(local: TestClient) -> None:
    note = f"/api/sweeps/{FINISHED}/note"
    try:
        local.patch(note, json={"archived": True, "tags": ["paper"]})
        assert FINISHED not in listed(local)
        assert "Archive (1)" in local.get("/").text
        assert listed(local, "?archived=yes&tag=paper") == [FINISHED]
        assert "Take out of the archive" in local.get(f"/sweeps/{FINISHED}").text
    finally:
        local.patch(note, json={"archived": False, "tags": []})
    assert FINISHED in listed(local)


def test_an_empty_list_tells_how_to_begin(tmp_path: Path) -> None:
    held = fresh(tmp_path)
    text = held.client().get("/").text
    assert "No sweep has been launched yet." in text
    assert f"<pre data-copy>rts-search launch digits --results {held.results}</pre>" in text
    assert "Optuna" not in text


def test_where_nothing_fits_a_link_shows_all_again(local: TestClient) -> None:
    text = local.get("/?words=%3Cscript%3E").text
    assert "No sweep fits." in text
    assert "<script>" not in text
