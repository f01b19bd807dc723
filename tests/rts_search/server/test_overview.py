"""The list of all sweeps is made again when anything in it has changed, and not for every request."""

from pathlib import Path

import pytest

from rts_search.basics.driver_lock import driver_lock
from rts_search.basics.results_folder import Results
from rts_search.server import overview, snapshots
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.overview import Overview
from rts_search.server.snapshots import Snapshots
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept


def test_the_summaries_are_the_same_object_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(snapshots, "PAUSE", 0.0)
    swept = Swept(Results(tmp_path / "results"))
    study, workspace = swept.sweep("mine"), Workspace(swept.results)
    database = Database(workspace.storage_url)
    jobs = Jobs(database)
    seen = Overview(Snapshots(database, workspace), jobs)
    first = seen.summaries()
    assert [(one.sweep, one.state, one.completed) for one in first] == [("mine", "interrupted", 0)]
    assert seen.summaries() is first
    swept.train(study)
    assert [one.completed for one in seen.summaries()] == [1]
    jobs.add("resume", "mine", {}, "ada")
    assert [(one.state, one.owner) for one in seen.summaries()] == [("queued", "ada")]
    swept.sweep("other")
    assert [one.sweep for one in seen.summaries()] == ["mine", "other"]


def test_a_driver_is_seen_within_the_seconds_of_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "LOOK_SECONDS", 0.0)
    swept = Swept(Results(tmp_path / "results"))
    swept.sweep("mine")
    workspace = Workspace(swept.results)
    database = Database(workspace.storage_url)
    seen = Overview(Snapshots(database, workspace), Jobs(database))
    with driver_lock(swept.results.sweep("mine").lock, "mine"):
        assert [one.state for one in seen.summaries()] == ["running"]
    assert [one.state for one in seen.summaries()] == ["interrupted"]
