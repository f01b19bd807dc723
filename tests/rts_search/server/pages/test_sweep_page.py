"""The page of one sweep: what it says, in which order, and what it offers."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from scripts.pictures import kept_sweep
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.server.held import Held
from tests.rts_search.server.pages.sweeps_in_states import FINISHED, INTERRUPTED, RUNNING, InStates


def page(client: TestClient, name: str, query: str = "") -> str:
    answer = client.get(f"/sweeps/{name}{query}")
    assert answer.status_code == 200
    return unescape(answer.text)


def actions(text: str) -> list[str]:
    group = text[text.index('aria-label="Actions"') : text.index('id="told"')]
    return re.findall(r'<(?:button type="button"|summary|a class="button")[^>]*>([^<]+)</', group)


def test_the_parts_come_in_the_order_of_the_questions(local: TestClient) -> None:
    text = page(local, FINISHED)
    parts = ('id="state"', "Best of the search", "Not confirmed.", "<h2>Arms", ">Leaderboard<", ">Figures<", ">Files<")
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (FINISHED, ["Confirm …", "Extend …", "Clone", "Archive", "Delete"]),
        (RUNNING, ["Stop", "Clone", "Archive"]),
        (INTERRUPTED, ["Resume", "Extend …", "Clone", "Archive", "Delete"]),
    ],
)
def test_a_sweep_offers_what_applies_and_has_one_primary_button_at_most(
    local: TestClient, name: str, expected: list[str]
) -> None:
    text = page(local, name)
    assert actions(text) == expected
    head = text[: text.index('id="told"')]
    assert head.count('class="primary" data-send') + head.count('"button primary"') == (name != RUNNING)
    assert "data-ask" in head or "Delete" not in expected


def test_the_best_is_told_with_its_distance_to_the_best_baseline(local: TestClient) -> None:
    text = page(local, FINISHED)
    assert "val_acc of trial 4: 4.00 points better than sgd" in text
    assert re.search(r'Best baseline</dt><dd><a href="/sweeps/plain/trials/0">-1.00 %', text)


def test_the_page_and_the_command_line_name_the_same_best_trial(local: TestClient, states: InStates) -> None:
    told = run_in_this_process(["status", FINISHED, "--json", "--results", str(states.swept.results.folder)], {})
    best = re.search(r"of trial (\d+)", page(local, FINISHED))
    assert best is not None
    assert json.loads(told.stdout)["best"]["trial"] == int(best[1])
    row = r'<td class="number">1</td>\s*<th[^>]*><a href="/sweeps/plain/trials/(\d+)">'
    first = re.search(row, page(local, FINISHED))
    assert first is not None
    assert first[1] == best[1]


def test_a_running_sweep_shows_its_trials_and_the_time_and_an_interrupted_one_its_log(local: TestClient) -> None:
    text = page(local, RUNNING)
    assert 'aria-label="epochs of trial 2"' in text
    assert "3 of 8" in text
    assert 'data-counts="up"' in text
    assert re.search(r"about <span[^>]*data-counts=\"down\"", text)
    text = page(local, INTERRUPTED)
    assert "trial 2: lost its worker" in text
    assert "data-counts" not in text


def test_no_link_leads_to_a_file_that_is_not_there_yet(local: TestClient, states: InStates) -> None:
    states.swept.sweep("new")
    assert local.get("/api/sweeps/new/table").status_code == 200
    text = page(local, "new")
    assert "No trial has completed yet." in text
    for link in re.findall(r'href="(/api/[^"]+)"', text):
        assert local.get(link).status_code == 200, link


def test_a_verdict_is_shown_with_its_numbers(tmp_path: Path) -> None:
    app = create_app(ServerSettings(kept_sweep(tmp_path)))
    text = TestClient(app, base_url="http://localhost").get("/sweeps/digits").text
    _, _, numbers = text.partition("<summary>Numbers of the verdict</summary>")
    table = numbers.partition("</table>")[0]
    assert [f">{name}</th>" in table for name in ("against", "difference", "interval (t)", "outcome")] == [True] * 4
    assert table.count("<tr>") == 7, "the head, then two contenders against sgd, ngd and pugd"
    assert "Accuracies are test accuracies" in numbers.partition("</details>")[0]


def test_an_error_is_a_page_with_the_navigation_for_a_person_and_json_for_a_script(local: TestClient) -> None:
    for path in ("/api/sweeps/nobody/report", "/sweeps/nobody", "/no/such/page"):
        answer = local.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert answer.status_code == 404
        assert '<a href="/audit">' in answer.text
    assert list(local.get("/api/sweeps/nobody/report").json()) == ["error"]


def test_a_trial_that_a_filter_leaves_out_is_not_shown(local: TestClient) -> None:
    text = page(local, FINISHED, "?words=switch&arm=sgd&state=ALL")
    assert "No trial fits." in text


def test_a_viewer_is_offered_nothing_that_changes_a_sweep(held: Held) -> None:
    assert actions(unescape(held.client("vera").get("/sweeps/done").text)) == []
