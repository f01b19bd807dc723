"""A results folder is known by what it holds: moved or linked it is the sweep's own, and another one never is."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.study.home import STUDY, require_free, settle
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.store.swept import FACTS, Swept, swept_from

Place = Callable[[str], Workspace]
"""A results folder of this name, with the database beside it."""


@pytest.fixture
def place(tables: Path, tmp_path: Path) -> Place:
    shutil.copy(tables, tmp_path / "studies.sqlite3")
    return lambda name: Workspace(Results((tmp_path / name).resolve()), f"sqlite:///{tmp_path}/studies.sqlite3")


@pytest.fixture
def study(place: Place) -> SweepStudy:
    """A sweep with one trial, driven in the folder `old`."""
    old = place("old")
    made = SweepStudy.create(old.storage_url, load_sweep("digits", ["name=mine"]), FACTS, old.elsewhere)
    driven_in(old, made.identity)
    Swept(old.results).train(made, records=True)
    return made


def driven_in(workspace: Workspace, identity: str | None) -> None:
    """Write what a driver writes first. `identity`: none for a driver of an earlier version."""
    paths = workspace.results.sweep("mine")
    paths.folder.mkdir(parents=True, exist_ok=True)
    paths.sweep_file.write_text("name: mine")
    paths.environment.write_text(json.dumps({"versions": {}} if identity is None else {STUDY: identity}))


def refusal(workspace: Workspace) -> str:
    with pytest.raises(UserError) as caught:
        workspace.load("mine")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "of an earlier version"])
def test_a_moved_folder_is_taken_up_again(study: SweepStudy, place: Place, tmp_path: Path, marked: bool) -> None:
    if not marked:
        driven_in(place("old"), None)
    (tmp_path / "old").rename(tmp_path / "new")
    found = place("new").load("mine")
    with found.driven():
        settle(found, place("new").results)
    assert place("new").load("mine").results == str(tmp_path / "new")
    (tmp_path / "old").symlink_to(tmp_path / "new")
    assert place("old").load("mine").identity == study.identity


def test_an_empty_folder_at_the_old_place_is_refused(study: SweepStudy, place: Place, tmp_path: Path) -> None:
    (tmp_path / "old").rename(tmp_path / "new")
    (tmp_path / "old").mkdir()
    assert study.results == str(tmp_path / "old")
    told = refusal(place("old"))
    assert told.startswith("--results: must be the folder that holds what mine has trained, but ")
    assert told.endswith(f"or make a new folder {tmp_path / 'old' / 'mine'} to go on without")
    (tmp_path / "old" / "mine").mkdir()
    place("old").load("mine")


@pytest.mark.usefixtures("study")
def test_a_folder_that_holds_another_sweep_of_the_name_is_refused(place: Place, tmp_path: Path) -> None:
    driven_in(place("other"), "0123456789ab")
    told = refusal(place("other"))
    assert told.startswith(f"--results: must be {tmp_path}/old, where mine was launched, but got {tmp_path}/other")
    assert "which holds another sweep of this name; name the folder, wherever it is now" in told
    driven_in(place("earlier"), None)
    assert "which holds nothing of it" in refusal(place("earlier"))


def test_a_sweep_whose_database_is_in_its_folder_is_shown_from_anywhere_and_driven_there_alone(
    tables: Path, tmp_path: Path
) -> None:
    swept = swept_from(tables, tmp_path / "results")
    study = swept.sweep("mine")
    swept.train(study)
    other = Workspace(Results(tmp_path / "other"), swept.results.storage_url)
    assert other.load("mine").identity == study.identity
    with pytest.raises(UserError, match=f"has trained, but {tmp_path}/other holds nothing of it; name the folder"):
        other.require_drivable(study)
    Workspace(swept.results).require_drivable(study)
    replace(other, results=swept.results).require_drivable(study)


def test_a_launch_into_the_folder_of_another_sweep_of_the_name_is_refused(place: Place) -> None:
    results = place("other").results
    require_free("mine", results)
    driven_in(place("other"), None)
    require_free("mine", results)
    driven_in(place("other"), "0123456789ab")
    with pytest.raises(UserError, match="other/mine: holds the results of another sweep of this name; choose another"):
        require_free("mine", results)
