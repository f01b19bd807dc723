"""Tables never become poorer: what earlier ones have of lost epochs stays, and what no table has is named."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results, SweepPaths
from rts_search.study.study import SweepStudy
from tests.rts_search.store.swept import Swept

DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "empty": lambda file: file.write_bytes(b""),
    "of another epoch": lambda file: shutil.copy(max(set(file.parents[2].rglob("*.epoch")) - {file}), file),
}


@dataclass
class Kept:
    """A sweep of one trial, with a store and tables of its own."""

    study: SweepStudy
    folder: Path

    def __post_init__(self) -> None:
        self.store, self.paths = self.folder / "store", SweepPaths(self.folder / "mine")

    def record(self, epoch: int) -> Path:
        key = self.study.trials()[0].epochs[epoch].key
        return self.store / key[:2] / key / "here.epoch"

    def write(self) -> Tables:
        tables = Tables(self.study, str(self.store))
        tables.write(self.paths)
        return tables


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    swept = Swept(Results(tmp_path_factory.mktemp("trained")))
    study = swept.sweep("mine")
    swept.train(study, records=True)
    return Kept(study, swept.results.folder)


@pytest.fixture
def kept(trained: Kept, tmp_path: Path) -> Kept:
    """A copy of the sweep, whose tables are written."""
    shutil.copytree(trained.store, tmp_path / "store")
    found = Kept(trained.study, tmp_path)
    found.write()
    return found


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_of_lost_epochs_stay_as_the_earlier_table_has_them(kept: Kept, damage: str) -> None:
    before = pd.read_parquet(kept.paths.epochs_parquet), kept.paths.trials_csv.read_bytes()
    for epoch in (0, 3, 7):
        DAMAGES[damage](kept.record(epoch))
    rows = kept.write().rows
    assert ([one.entry.epoch for one in rows.taken], rows.lost) == ([0, 3, 7], ())
    pd.testing.assert_frame_equal(pd.read_parquet(kept.paths.epochs_parquet), before[0])
    assert kept.paths.trials_csv.read_bytes() == before[1]


def test_tables_of_a_store_that_is_gone_stay_whole(kept: Kept) -> None:
    before = kept.paths.trials_csv.read_bytes(), kept.paths.epochs_parquet.read_bytes()
    shutil.rmtree(kept.store)
    kept.write()
    assert (kept.paths.trials_csv.read_bytes(), kept.paths.epochs_parquet.read_bytes()) == before


@pytest.mark.parametrize("lost", ["nothing", "the table of epochs", "all tables"])
def test_what_no_table_has_is_named_and_left_empty(kept: Kept, lost: str) -> None:
    kept.record(0).unlink()
    gone = {"nothing": [], "the table of epochs": [kept.paths.epochs_parquet]}
    for file in gone.get(lost, kept.paths.folder.glob("*.*")):
        file.unlink()
    whole, rows = lost == "nothing", kept.write().rows
    trials, epochs = pd.read_csv(kept.paths.trials_csv), pd.read_parquet(kept.paths.epochs_parquet)
    assert [one.entry.epoch for one in rows.lost] == ([] if whole else [0])
    assert epochs.epoch.tolist() == list(range(0 if whole else 1, 8))
    cells = trials.switch_epoch.tolist(), trials.seconds.tolist()
    assert str(cells) == ("([nan], [nan])" if lost == "all tables" else "([0], [4.0])")


def test_an_earlier_row_that_contradicts_the_database_is_not_taken(kept: Kept) -> None:
    frame = pd.read_parquet(kept.paths.epochs_parquet)
    frame.loc[2, "val_acc"] += 0.01
    frame.to_parquet(kept.paths.epochs_parquet)
    for epoch in (1, 2):
        kept.record(epoch).unlink()
    rows = kept.write().rows
    assert [[one.entry.epoch for one in found] for found in (rows.taken, rows.lost)] == [[1], [2]]


def test_tables_that_need_no_record_never_read_the_store(kept: Kept) -> None:
    kept.store.rename(kept.folder / "away")
    tables = Tables(kept.study, str(kept.store))
    assert "trial" in tables.markdown()
    assert tables.best() is None
