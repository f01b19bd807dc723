"""What the service keeps of an ended sweep is given until the sweep or its note changes, and never after that."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from rts_search.analysis.report import report
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from rts_search.server import figure_cache, snapshots
from rts_search.study.study import SweepStudy
from tests.rts_search.server.held import hold, open_on
from tests.rts_search.store.swept import EPOCHS, Swept

AT = "/api/sweeps/mine"
DOWNLOADS = (f"{AT}/table?format=csv", f"{AT}/best", f"{AT}/best?trial=1&format=json", f"{AT}/report")
RANDOM = ("search={sampler: random, trials: 4}", "space.radius.beta_min={uniform: [0.1, 0.2]}")
KEPT = (*DOWNLOADS, "/sweeps/mine", "/part/sweeps/mine", "/", "/part/sweeps", f"{AT}/figures/curves")


class Ended:
    """A service with one ended sweep."""

    def __init__(self, folder: Path) -> None:
        self.swept = Swept(Results(folder / "results"))
        self.study: SweepStudy = self.swept.sweep("mine", *RANDOM)
        for _ in range(self.study.total):
            self.swept.train(self.study, records=True)
        self.client: TestClient = open_on(self.swept.results).client()

    def text(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def rows(self) -> list[dict[str, Any]]:
        return list(csv.DictReader(io.StringIO(self.text(f"{AT}/table?format=csv"))))


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Versions are read for each request; without that, pages are up to a second old."""
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(snapshots, "PAUSE", 0.0)
    monkeypatch.setattr(figure_cache, "PAUSE", 0.0)
    return Ended(tmp_path)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what has been computed since the test began."""
    found: list[str] = []

    def noted(of: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(of, name)

        def calling(*given: Any, **named: Any) -> Any:
            found.append(name)
            return real(*given, **named)

        monkeypatch.setattr(of, name, calling)

    for of, name in ((Tables, "trials"), (report, "figures_of"), (SweepStudy, "trials")):
        noted(of, name)
    return found


def test_the_second_request_computes_nothing_and_gives_the_same(ended: Ended, computed: list[str]) -> None:
    first = {path: ended.text(path) for path in KEPT}
    assert "figures_of" in computed
    computed.clear()
    assert {path: ended.text(path) for path in KEPT} == first
    assert computed == []


@pytest.mark.parametrize("path", KEPT)
def test_a_browser_that_has_an_answer_is_told_so_until_the_sweep_changes(ended: Ended, path: str) -> None:
    tag = ended.client.get(path).headers["etag"]
    assert ended.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    ended.study.extend(6)
    assert ended.client.get(path, headers={"If-None-Match": tag}).status_code in (200, 304)
    assert ended.client.get("/sweeps/mine", headers={"If-None-Match": tag}).status_code == 200


def test_a_value_on_the_test_part_is_in_the_table_and_on_the_pages_at_once(ended: Ended) -> None:
    assert {row["test_acc"] for row in ended.rows()} == {""}
    assert "76.54" not in ended.text("/sweeps/mine")
    ended.study.record_test(4, EPOCHS, {"test_acc": 0.7654})
    assert [row["test_acc"] for row in ended.rows()] == ["", "", "", "", "0.7654"]
    assert "76.54" in ended.text("/sweeps/mine")
    assert "test_acc: 0.7654" in ended.text(f"{AT}/best")
    assert "76.54" in ended.text(f"{AT}/report")


def test_a_sweep_that_goes_on_is_shown_with_its_new_trials(ended: Ended) -> None:
    before = {path: ended.text(path) for path in KEPT}
    ended.study.extend(6)
    ended.swept.train(ended.study, records=True)
    after = {path: ended.text(path) for path in KEPT}
    assert len(ended.rows()) == 6
    assert [path for path in KEPT if before[path] == after[path] and "trial=1" not in path] == []


def test_a_note_and_the_archive_are_on_the_pages_at_once(ended: Ended) -> None:
    assert "blue" not in ended.text("/") + ended.text("/sweeps/mine")
    ended.client.patch(f"{AT}/note", json={"tags": ["blue"], "text": "the good one"})
    assert "blue" in ended.text("/")
    assert "the good one" in ended.text("/sweeps/mine")
    ended.client.patch(f"{AT}/note", json={"archived": True})
    assert "/sweeps/mine" not in ended.text("/")


def test_a_deleted_sweep_is_gone_at_once_and_another_of_its_name_is_another(ended: Ended) -> None:
    before = ended.text(f"{AT}/table?format=csv")
    ended.study.delete()
    assert ended.client.get(f"{AT}/table").status_code == 404
    assert "/sweeps/mine" not in ended.text("/")
    study = ended.swept.sweep("mine", *RANDOM, "training.batch_size=16")
    for _ in range(study.total):
        ended.swept.train(study, records=True)
    assert ended.text(f"{AT}/table?format=csv") != before


def test_a_file_that_the_report_shows_is_read_again_when_it_changes(ended: Ended) -> None:
    assert "a machine of today" not in ended.text(f"{AT}/report")
    file = ended.swept.results.sweep("mine").environment
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"cpu": "a machine of today"}')
    assert "a machine of today" in ended.text(f"{AT}/report")


def test_users_do_not_get_the_pages_of_others(tmp_path: Path) -> None:
    service = Ended(tmp_path)
    held = hold(service.swept.results.folder, tmp_path)
    pages = {who: held.client(who).get("/sweeps/mine").text for who in ("vera", "root", "vera")}
    assert "vera (viewer)" in pages["vera"]
    assert "root (admin)" in pages["root"]
    assert "Delete" not in pages["vera"]
    assert held.client().get("/sweeps/mine").status_code == 303
    assert held.client().get(f"{AT}/table").status_code == 401
