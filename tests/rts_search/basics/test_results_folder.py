"""A results folder that cannot be used is refused in one line before anything starts."""

import os
from pathlib import Path

import pytest

from rts_search.basics import results_folder
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    Results(tmp_path / "new" / "results").require_space()
    assert list((tmp_path / "new" / "results").iterdir()) == []


@pytest.mark.parametrize("name", ["what?", "a#b", "c::d"])
def test_a_name_that_would_break_its_url_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"--results: must not contain \? # or ::"):
        Results(tmp_path / name).require_space()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.touch()
    with pytest.raises(UserError, match="results: must be a folder that can be written, but File exists"):
        Results(file).require_space()


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_folder, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(UserError, match=r"needs at least 1000000000000 MB of free disk, but got \d+ MB; free some"):
        Results(tmp_path).require_space()


def test_a_path_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--results: must be a folder whose whole path is UTF-8: "):
        Results(Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9/results"))).require_space()
    assert list(tmp_path.iterdir()) == []
