"""The list of sweeps: running ones first, the best beside the best baseline, and damaged ones with their reason."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from rts_search.operations.overview import Best, overview
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import EPOCHS, Swept, all_of, swept_from


@pytest.fixture
def swept(tables: Path, tmp_path: Path) -> Swept:
    return swept_from(tables, tmp_path / "results")


def test_running_sweeps_come_first_and_then_those_with_the_latest_name(swept: Swept) -> None:
    workspace = Workspace(swept.results)
    for name in ("a", "b", "c"):
        swept.sweep(name)
    with swept.results.sweep("c").driving():
        rows = overview(workspace)
    assert [(row.sweep, row.state) for row in rows] == [("c", "running"), ("a", "interrupted"), ("b", "interrupted")]
    assert [row.sweep for row in overview(workspace)] == ["a", "b", "c"]


def test_a_row_has_the_best_trial_of_the_search_and_the_best_baseline(swept: Swept) -> None:
    study = swept.sweep("mine")
    entries = all_of(swept, study)
    (row,) = overview(Workspace(swept.results))
    assert (row.dataset, row.model, row.state, row.trials, row.ended) == ("digits", "small", "finished", 5, 5)
    searched = [entry for entry in entries if not entry.baseline]
    assert row.best == Best(searched[-1].number, "rts", "val_acc", searched[-1].epochs[EPOCHS - 1].val_acc)
    sgd = next(entry for entry in entries if entry.baseline)
    assert row.best_baseline == Best(sgd.number, "sgd", "val_acc", sgd.epochs[EPOCHS - 1].val_acc)


def test_a_sweep_without_trials_has_none(swept: Swept) -> None:
    swept.sweep("mine")
    (row,) = overview(Workspace(swept.results))
    assert (row.best, row.best_baseline, row.started, row.seconds) == (None, None, None, 0.0)


def test_a_damaged_sweep_is_listed_with_its_reason_and_the_others_are_read(swept: Swept) -> None:
    swept.sweep("bad")
    swept.sweep("good")
    with contextlib.closing(sqlite3.connect(swept.results.database)) as database, database:
        database.execute(
            "update study_user_attributes set value_json = '7' where key = 'sweep' and study_id = "
            "(select study_id from studies where study_name = 'bad')"
        )
    found = {row.sweep: row for row in overview(Workspace(swept.results))}
    assert found["bad"].state == "damaged"
    assert "bad" in found["bad"].message
    assert found["good"].state == "interrupted"


def test_a_folder_without_a_database_has_no_sweeps_and_gets_none(tmp_path: Path) -> None:
    from rts_search.basics.results_folder import Results

    assert overview(Workspace(Results(tmp_path / "results"))) == []
    assert not (tmp_path / "results").exists()
