"""The service reads a sweep again when its driver has begun or ended, however short ago it was read."""

from pathlib import Path

import pytest

from rts_search.basics.driver_lock import driver_lock
from rts_search.basics.results_folder import Results
from rts_search.server import snapshots
from rts_search.server.database.connection import Database
from rts_search.server.snapshots import Snapshots
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept

LONG = 1e9
"""Seconds that end after the test."""


def test_a_sweep_that_has_finished_is_not_called_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PAUSE", LONG)
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", LONG)
    swept = Swept(Results(tmp_path / "results"))
    study, workspace = swept.sweep("mine"), Workspace(swept.results)
    seen = Snapshots(Database(workspace.storage_url), workspace)
    assert seen.get("mine", fresh=True).status()["state"] == "interrupted"
    with driver_lock(swept.results.sweep("mine").lock, "mine"):
        assert seen.get("mine").status()["state"] == "running"
        for _ in range(study.total):
            swept.train(study)
        assert seen.get("mine").status()["completed"] == 0, "read a moment ago"
    assert seen.get("mine").status()["state"] == "finished"
    assert seen.get("mine").status()["completed"] == study.total


def test_an_ended_sweep_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study, workspace = swept.sweep("mine", "search={sampler: random, trials: 4}"), Workspace(swept.results)
    seen = Snapshots(Database(workspace.storage_url), workspace)
    unended = [seen.get("mine", fresh=True) for _ in range(2)]
    assert unended[0] is not unended[1]
    for _ in range(study.total):
        swept.train(study)
    ended = seen.get("mine", fresh=True)
    assert seen.get("mine", fresh=True) is ended
    study.record_test(1, 8, {"test_acc": 0.5})
    tested = seen.get("mine", fresh=True)
    assert tested is not ended
    assert seen.get("mine", fresh=True) is tested
    study.extend(6)
    assert not seen.get("mine", fresh=True).ended
