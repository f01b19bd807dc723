"""A driver begins its work only while its job waits for it."""

import os
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.cli.options import workspace_of
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.drivers.driver import DRIVER_VARIABLE


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    Results(tmp_path).require_space()
    return Jobs(Database(Results(tmp_path).storage_url))


def test_a_driver_reports_once_and_the_commands_that_it_runs_are_no_drivers(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.claim(jobs.add("launch", "one", {}, "ada"), "host/here")
    monkeypatch.setenv(DRIVER_VARIABLE, "host/here")
    workspace_of(tmp_path, executor="inline")
    assert [job.state for job in jobs.driven()] == ["running"]
    assert DRIVER_VARIABLE not in os.environ
    workspace_of(tmp_path, executor="inline")


def test_a_driver_whose_job_was_stopped_before_it_reported_begins_nothing(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.claim(jobs.add("launch", "one", {}, "ada"), "host/here")
    assert job is not None
    assert jobs.stop(job) == "stopped"
    monkeypatch.setenv(DRIVER_VARIABLE, "host/here")
    with pytest.raises(UserError, match="nothing was begun: the service has stopped this job"):
        workspace_of(tmp_path, executor="inline")
