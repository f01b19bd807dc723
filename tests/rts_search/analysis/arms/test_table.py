"""The table of arms: the same cells and sentences in table.md, in the report and on the page of a sweep."""

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search.analysis.arms.table import ArmsTable, arms_table
from rts_search.analysis.report.report import report
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import EPOCHS, Swept, all_of

TUNED = (
    f"training={{epochs: {EPOCHS}, batch_size: 32}}",
    "space={training: {lr: [0.05, 0.1]}, timing: {switch_epoch: [4, 6]}}",
    "search={sampler: random, trials: 2, effort: {sgd: 3}}",
    "baselines=[sgd, {name: pugd, training: {momentum: 0.5}}]",
)


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """A sweep that tunes its baselines; the tests only read it."""
    swept = Swept(Results(tmp_path_factory.mktemp("fair") / "results"))
    made = swept.sweep("fair", *TUNED)
    for entry in all_of(swept, made):
        made.record_test(entry.number, entry.chosen_epochs(made.sweep.objective), {"test_acc": 0.25})
    return swept


@pytest.fixture
def study(fair: Swept) -> SweepStudy:
    return Workspace(fair.results).load("fair")


def table_of(study: SweepStudy) -> ArmsTable:
    found = arms_table(study, study.trials())
    assert found is not None
    return found


def cells_on(page: str) -> list[tuple[str, ...]]:
    """The cells of the table of arms on an HTML page, the head first."""
    table = page[page.index('aria-label="Arms"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.DOTALL)
    return [tuple(unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)) for row in rows]


def test_all_places_show_the_same_table(fair: Swept, study: SweepStudy) -> None:
    table = table_of(study)
    assert [row[0] for row in table.rows] == ["rts", "sgd", "pugd"]
    assert {row[table.head.index("test_acc")] for row in table.rows} == {"25.00 %"}
    workspace = Workspace(fair.results)
    client = TestClient(create_app(ServerSettings(workspace)), base_url="http://localhost")
    pages = [report("fair", workspace), client.get("/sweeps/fair").text, client.get("/part/sweeps/fair").text]
    for page in pages:
        assert cells_on(page) == [table.head, *table.rows]
        for text in (table.explained, *table.notes):
            assert text in unescape(page)
    markdown = Tables(study, fair.results.store_url).markdown()
    assert "\n".join(table.markdown()) in markdown


def test_unequal_effort_and_edges_are_told_below_the_table(study: SweepStudy) -> None:
    table = table_of(study)
    assert table.explained.startswith("The effort was not equal: unequal numbers of trials: rts 2, sgd 3, pugd 2; ")
    assert "pugd: has fixed settings (momentum)" in table.notes
    assert any("sgd: the best lies on the edge of the space: training.lr" in note for note in table.notes)
    assert f"- {table.notes[0]}" in table.markdown()


def test_a_value_of_another_state_than_the_chosen_one_is_not_shown(swept: Swept) -> None:
    study = swept.sweep("new", *TUNED)
    entry = swept.train(study)
    chosen = entry.chosen_epochs(study.sweep.objective)
    for epochs, shown in ((chosen + 1, ""), (chosen, "25.00 %")):
        study.record_test(entry.number, epochs, {"test_acc": 0.25})
        table = table_of(study)
        assert table.rows[0][table.head.index("test_acc")] == shown


def test_an_arm_that_has_begun_nothing_has_a_row(swept: Swept) -> None:
    rows = table_of(swept.sweep("new", *TUNED)).rows
    assert rows[1] == ("sgd", "0 of 3", "0", "0", str(2 * EPOCHS), "", "", "", "0", "0")


def test_a_sweep_whose_baselines_are_not_tuned_has_no_table(swept: Swept) -> None:
    study = swept.sweep("mine")
    swept.train(study)
    assert arms_table(study, study.trials()) is None
    workspace = Workspace(swept.results)
    client = TestClient(create_app(ServerSettings(workspace)), base_url="http://localhost")
    for page in (report("mine", workspace), client.get("/sweeps/mine").text):
        assert 'aria-label="Arms"' not in page
