"""A results folder that cannot be used is refused in one line before anything starts."""

import os
from pathlib import Path

import pytest

from rts_search.basics import results_folder
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from tests.trainables.core.odd_files import ODD_FILES


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    Results(tmp_path / "new" / "results").require_space()
    assert list((tmp_path / "new" / "results").iterdir()) == []


@pytest.mark.parametrize("name", ["what?", "a#b", "c::d"])
def test_a_name_that_would_break_its_url_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"--results: must not contain \? # or ::"):
        Results(tmp_path / name).require_space()
    assert list(tmp_path.iterdir()) == []


def files_here(results: Results) -> list[str]:
    """The names of all files and folders that `Results` names in its folder."""
    found = [getattr(results, name) for name, kind in vars(Results).items() if isinstance(kind, property)]
    return [path.name for path in found if isinstance(path, Path)] + ["store"]


@pytest.mark.parametrize("side", ["", "-journal", "-wal", "-shm", "-mj12", ".bak"])
def test_no_sweep_has_the_name_of_the_database_or_of_a_file_beside_it(tmp_path: Path, side: str) -> None:
    for name in (f"studies.sqlite3{side}", f"Studies.SQLite3{side}".upper()):
        assert Results(tmp_path).clash_of(name) == "studies.sqlite3"
    assert Results(tmp_path).clash_of(f"other.sqlite3{side}") is None
    assert Results(tmp_path).clash_of(f"other.sqlite3{side}", [tmp_path / "other.sqlite3"]) == "other.sqlite3"


def test_no_sweep_has_the_name_of_another_file_of_the_folder_however_it_is_written(tmp_path: Path) -> None:
    results = Results(tmp_path)
    names = [name for name in files_here(results) if not name.startswith(".")]  # no name of a sweep begins with a dot
    assert len(names) >= 4
    for name in names:
        assert results.clash_of(name) == results.clash_of(name.upper()) == name
    assert results.clash_of("mine.lock") == ".lock"
    assert results.clash_of("mine.PARTIAL") == ".partial"
    assert [results.clash_of(name) for name in ("mine", "store-2", "studies", "lock", "references")] == [None] * 5


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.touch()
    with pytest.raises(UserError, match="results: must be a folder that can be written, but File exists"):
        Results(file).require_space()


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd != "a folder"])
def test_something_else_than_a_folder_in_the_place_of_the_store_is_refused(tmp_path: Path, odd: str) -> None:
    ODD_FILES[odd](tmp_path / "store")
    with pytest.raises(UserError, match="store: must be the folder of the checkpoint store, but is no folder"):
        Results(tmp_path).require_space()


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_folder, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(UserError, match=r"needs at least 1000000000000 MB of free disk, but got \d+ MB; free some"):
        Results(tmp_path).require_space()


def test_a_path_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--results: must be a folder whose whole path is UTF-8: "):
        Results(Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9/results"))).require_space()
    assert list(tmp_path.iterdir()) == []
