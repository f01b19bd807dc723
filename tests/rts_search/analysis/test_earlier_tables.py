"""Earlier tables are read when they can be; damaged ones and those of other versions have no rows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from rts_search.analysis.earlier_tables import EarlierTables
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results, SweepPaths
from rts_search.study.trials import TrialEntry
from tests.rts_search.store.swept import Swept
from tests.trainables.core.odd_files import ODD_FILES


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepPaths, TrialEntry]:
    """The files of a sweep with its tables, and its only trial."""
    swept = Swept(Results(tmp_path_factory.mktemp("written")))
    study = swept.sweep("mine")
    entry = swept.train(study, records=True)
    paths = swept.results.sweep("mine")
    Tables(study, swept.results.store_url).write(paths)
    return paths, entry


@pytest.fixture
def kept(written: tuple[SweepPaths, TrialEntry], tmp_path: Path) -> tuple[SweepPaths, TrialEntry]:
    """A copy of them."""
    return SweepPaths(Path(shutil.copytree(written[0].folder, tmp_path / "mine"))), written[1]


def damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def without(column: str) -> Callable[[Path], None]:
    return lambda file: pd.read_parquet(file).drop(columns=column).to_parquet(file)


def test_a_record_comes_back_to_the_last_bit(kept: tuple[SweepPaths, TrialEntry]) -> None:
    paths, entry = kept
    found = EarlierTables(paths).records(entry.epochs)
    assert len(found) == 8
    record = found[entry.epochs[3].key, "here"]
    assert (record.radius, record.train_loss, record.top5_acc) == (0.1 + 0.2, 1 / 3, None)
    assert (record.epoch, record.val_acc) == (3, entry.epochs[3].val_acc)


@pytest.mark.parametrize("change", [damaged, without("key"), without("phase"), without("epoch"), Path.unlink])
def test_a_table_that_cannot_be_used_has_no_rows(
    kept: tuple[SweepPaths, TrialEntry], change: Callable[[Path], object]
) -> None:
    paths, entry = kept
    change(paths.epochs_parquet)
    assert EarlierTables(paths).records(entry.epochs) == {}


@pytest.mark.parametrize("odd", ODD_FILES)
def test_an_odd_file_in_the_place_of_a_table_has_no_rows(kept: tuple[SweepPaths, TrialEntry], odd: str) -> None:
    paths, entry = kept
    for file in (paths.epochs_parquet, paths.trials_parquet, paths.trials_csv):
        file.unlink()
        ODD_FILES[odd](file)
    earlier = EarlierTables(paths)
    assert earlier.records(entry.epochs) == {}
    assert earlier.cells(entry, ["seconds"]) == {"seconds": None}


def test_cells_of_a_trial_come_from_either_table_of_trials(kept: tuple[SweepPaths, TrialEntry]) -> None:
    paths, entry = kept
    assert EarlierTables(paths).cells(entry, ["switch_epoch", "seconds"]) == {"switch_epoch": 0, "seconds": 4.0}
    paths.trials_parquet.unlink()
    assert EarlierTables(paths).cells(entry, ["switch_epoch", "seconds"]) == {"switch_epoch": 0, "seconds": 4.0}


def test_cells_of_a_trial_that_has_gone_on_since_are_not_taken(kept: tuple[SweepPaths, TrialEntry]) -> None:
    paths, entry = kept
    shorter = TrialEntry(0, "RUNNING", entry.config, "", "", entry.epochs[:5])
    assert EarlierTables(paths).cells(shorter, ["seconds"]) == {"seconds": None}
