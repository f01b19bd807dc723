"""A stop reaches the driver of a sweep, on this machine or another, and nobody else."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from rts_search.basics.driver import Driver, identified
from rts_search.basics.driver_lock import driver_lock
from rts_search.basics.errors import UserError
from rts_search.operations import stop as module
from rts_search.operations.stop import ask_to_stop, delete, stop
from rts_search.study.lease_row import LeaseRow, LeaseRows
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept, swept_from


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process with the number of a driver in a container."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def workspace(tables: Path, tmp_path: Path) -> Workspace:
    return Workspace(swept_from(tables, tmp_path / "results").results)


@pytest.fixture
def study(workspace: Workspace) -> SweepStudy:
    return Swept(workspace.results).sweep("mine")


def hold(study: SweepStudy, driver: Driver) -> LeaseRow:
    """Let a process drive the study."""
    rows = LeaseRows(study._study)
    row = LeaseRow("word", 1, rows.look().now, driver, rows.look().file)
    assert rows.replace(rows.look().text, row)
    return row


def in_container(pid: int) -> Driver:
    return replace(identified(pid), namespace="pid:[1] time:[1]")


def test_a_bystander_with_the_number_of_a_driver_in_a_container_gets_no_signal_and_the_driver_is_asked(
    study: SweepStudy, workspace: Workspace, bystander: subprocess.Popen[bytes]
) -> None:
    driver = in_container(bystander.pid)
    hold(study, driver)
    lock = workspace.results.sweep("mine").lock
    with driver_lock(lock, "mine"):
        lock.write_text(json.dumps(asdict(driver)))
        assert ask_to_stop(study, workspace) == driver
    assert LeaseRows(study._study).look().asked == "word"
    assert bystander.poll() is None


def test_a_driver_on_this_machine_gets_a_signal(
    study: SweepStudy, workspace: Workspace, bystander: subprocess.Popen[bytes]
) -> None:
    hold(study, identified(bystander.pid))
    assert stop("mine", workspace)
    assert bystander.wait(60) != 0
    assert LeaseRows(study._study).look().asked == "", "a second interrupt would cut the clean end short"
    assert not stop("mine", workspace)


def test_a_driver_that_does_not_heed_is_named_with_its_host(
    study: SweepStudy, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0)
    hold(study, Driver(4711, "nodeB", "another start", "pid:[1]", 5))
    with pytest.raises(
        UserError, match="mine: process 4711 on nodeB must stop within 0 s, but still runs; end it there"
    ):
        stop("mine", workspace)


def test_a_driver_of_an_earlier_version_that_cannot_be_seen_is_left_alone(
    study: SweepStudy, workspace: Workspace, bystander: subprocess.Popen[bytes]
) -> None:
    lock = workspace.results.sweep("mine").lock
    with driver_lock(lock, "mine"):
        lock.write_text(json.dumps({"pid": bystander.pid, "host": "nodeB"}))
        with pytest.raises(UserError, match="on nodeB does not read the study yet, and cannot be seen from here"):
            ask_to_stop(study, workspace)
    assert bystander.poll() is None


def test_a_sweep_that_runs_elsewhere_is_not_deleted(study: SweepStudy, workspace: Workspace) -> None:
    row = hold(study, Driver(4711, "nodeB", "another start", "pid:[1]", 5))
    with pytest.raises(UserError, match=r"mine: is already running \(process 4711 on nodeB, last heard of"):
        delete("mine", workspace)
    assert LeaseRows(study._study).replace(row.text, replace(row, word=""))
    delete("mine", workspace)
    assert not workspace.results.sweep("mine").folder.exists()
    with pytest.raises(UserError, match="no sweep of this name"):
        workspace.load("mine")


def test_a_deletion_that_was_cut_off_can_be_repeated(
    study: SweepStudy, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(_: SweepStudy) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SweepStudy, "delete", cut_off)
        with pytest.raises(KeyboardInterrupt):
            delete("mine", workspace)
    assert workspace.load("mine").name == study.name
    delete("mine", workspace)
    assert not workspace.results.sweep("mine").folder.exists()
    with pytest.raises(UserError, match="no sweep of this name"):
        workspace.load("mine")
