"""Jobs start in their order, once, and a sweep has one job at a time."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import BusyError, Job, Jobs
from rts_search.study.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(Results(tmp_path / "results"))
    made.results.require_space()
    return made


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(Database(workspace.storage_url))


def names(jobs: list[Job]) -> list[str]:
    return [job.sweep for job in jobs]


def test_jobs_of_higher_priority_start_first_and_equal_ones_in_the_order_of_their_numbers(jobs: Jobs) -> None:
    for name, priority in (("one", 0), ("two", -5), ("three", 10), ("four", 0)):
        jobs.add("launch", name, {}, "ada", priority)
    assert names(jobs.waiting()) == ["three", "one", "four", "two"]


def test_a_sweep_has_one_job_and_one_plan_at_a_time(jobs: Jobs) -> None:
    first = jobs.add("launch", "one", {}, "ada")
    with pytest.raises(BusyError, match="one: a job of this sweep waits or runs already"):
        jobs.add("resume", "one", {}, "bob")
    jobs.add("plan", "one", {}, "bob")
    jobs.end(first, "finished")
    assert jobs.add("confirm", "one", {}, "bob").state == "queued"
    assert jobs.owner("one") == "ada"


def test_only_one_of_two_services_starts_a_job(jobs: Jobs, workspace: Workspace) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    other = Jobs(Database(workspace.storage_url))
    assert jobs.begin(job, "host/here") is True
    assert other.begin(job, "host/there") is False
    assert [found.process for found in other.running()] == ["host/here"]


def test_a_job_that_cannot_start_yet_waits_again_and_says_why(jobs: Jobs) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    jobs.begin(job, "the cluster/first")
    jobs.put_back(job, "the cluster has no agent yet")
    assert [(found.message, found.process) for found in jobs.waiting()] == [("the cluster has no agent yet", "")]
    assert jobs.begin(job, "the cluster/second") is True
    jobs.note(job, "stopping")
    jobs.put_back(job, "the cluster has no agent yet")
    assert [(found.message, found.process) for found in jobs.running()] == [("stopping", "the cluster/second")]


def test_a_cancelled_job_never_starts(jobs: Jobs) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    assert jobs.cancel(job) is True
    assert jobs.begin(job, "host/here") is False
    assert (jobs.waiting(), jobs.running()) == ([], [])
    assert jobs.cancel(job) is False


def test_the_first_record_of_how_a_job_ended_counts(jobs: Jobs) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    jobs.begin(job, "host/here")
    jobs.end(job, "stopped")
    jobs.end(job, "lost", "its process is gone")
    (found,) = jobs.of_sweep("one")
    assert (found.state, found.message, found.over) == ("stopped", "", True)
