"""Jobs start in their order, once, and a sweep has one job at a time."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import BusyError, Jobs
from rts_search.server.database.job_states import Job
from rts_search.study.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(Results(tmp_path / "results"))
    made.results.require_space()
    return made


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(Database(workspace.storage_url))


@contextmanager
def disk_full() -> Iterator[None]:
    """Inside, no file of this process grows, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def started(jobs: Jobs) -> Job:
    """A job that has been claimed."""
    found = jobs.claim(jobs.add("launch", "one", {}, "ada"), "host/here")
    assert found is not None
    return found


def names(jobs: list[Job]) -> list[str]:
    return [job.sweep for job in jobs]


def test_jobs_of_higher_priority_start_first_and_equal_ones_in_the_order_of_their_numbers(jobs: Jobs) -> None:
    for name, priority in (("one", 0), ("two", -5), ("three", 10), ("four", 0)):
        jobs.add("launch", name, {}, "ada", priority)
    assert names(jobs.waiting()) == ["three", "one", "four", "two"]


def test_a_sweep_has_one_job_and_one_plan_at_a_time(jobs: Jobs) -> None:
    first = started(jobs)
    with pytest.raises(BusyError, match="one: a job of this sweep waits or runs already"):
        jobs.add("resume", "one", {}, "bob")
    jobs.add("plan", "one", {}, "bob")
    jobs.end(first, "finished")
    assert jobs.add("confirm", "one", {}, "bob").state == "queued"
    assert jobs.owner("one") == "ada"


def test_only_one_of_two_services_starts_a_job(jobs: Jobs, workspace: Workspace) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    other = Jobs(Database(workspace.storage_url))
    assert jobs.claim(job, "host/here") is not None
    assert other.claim(job, "host/there") is None
    assert [(found.process, found.state) for found in other.driven()] == [("host/here", "starting")]


def test_a_driver_works_once_it_has_reported_and_one_without_its_job_does_not(jobs: Jobs) -> None:
    claimed = jobs.claim(jobs.add("launch", "one", {}, "ada"), "host/first")
    assert claimed is not None
    jobs.put_back(claimed, "")
    jobs.claim(jobs.waiting()[0], "host/second")
    assert [jobs.report("host/first"), jobs.report("host/second"), jobs.report("host/second")] == [False, True, False]
    assert [found.state for found in jobs.driven()] == ["running"]


def test_a_job_that_cannot_start_yet_waits_again_and_says_why(jobs: Jobs) -> None:
    first = jobs.claim(jobs.add("launch", "one", {}, "ada"), "the cluster/first")
    assert first is not None
    jobs.put_back(first, "the cluster has no agent yet")
    assert [(found.message, found.process) for found in jobs.waiting()] == [("the cluster has no agent yet", "")]
    second = jobs.claim(jobs.waiting()[0], "the cluster/second")
    assert second is not None
    assert jobs.stop(second) == "stopped"
    assert jobs.put_back(second, "the cluster has no agent yet") is False
    assert (jobs.waiting(), jobs.driven()) == ([], [])


def test_a_cancelled_job_never_starts(jobs: Jobs) -> None:
    job = jobs.add("launch", "one", {}, "ada")
    assert jobs.stop(job) == "cancelled"
    assert jobs.claim(job, "host/here") is None
    assert (jobs.waiting(), jobs.driven()) == ([], [])
    assert jobs.stop(job) == ""


def test_the_first_record_of_how_a_job_ended_counts(jobs: Jobs) -> None:
    job = started(jobs)
    jobs.end(job, "stopped")
    jobs.end(job, "lost", "its process is gone")
    (found,) = jobs.of_sweep("one")
    assert (found.state, found.message, found.over) == ("stopped", "", True)


def test_a_second_stop_changes_nothing(jobs: Jobs) -> None:
    job = started(jobs)
    jobs.report("host/here")
    assert [jobs.stop(job), jobs.stop(job), jobs.stop(job)] == ["stopping", "", ""]


def test_two_names_that_differ_in_case_alone_do_not_wait_together(jobs: Jobs) -> None:
    jobs.add("launch", "One", {}, "ada")
    with pytest.raises(BusyError, match=r"one: must differ .* in more than upper and lower case, but One waits"):
        jobs.add("launch", "one", {}, "ada")


def test_while_a_sweep_is_deleted_no_job_is_added_and_afterwards_its_ended_jobs_are_forgotten(jobs: Jobs) -> None:
    jobs.end(started(jobs), "finished")
    deletion = jobs.begin_deletion("one", "ada")
    with pytest.raises(BusyError, match="one: is being deleted now; try again later"):
        jobs.add("launch", "one", {}, "ada")
    plan = jobs.add("plan", "one", {}, "ada")
    jobs.end_deletion(deletion, deleted=True)
    assert (jobs.of_sweep("one"), jobs.get(plan.id)) == ([], plan)
    jobs.end_deletion(jobs.begin_deletion("one", "ada"), deleted=False)
    assert jobs.add("launch", "one", {}, "ada").state == "queued"


def test_a_deletion_that_was_cut_off_frees_its_name_in_the_end(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.begin_deletion("one", "ada")
    jobs.forget_old_deletions()
    with pytest.raises(BusyError):
        jobs.add("launch", "one", {}, "ada")
    monkeypatch.setattr("rts_search.server.database.job_queue.DELETION_SECONDS", -1.0)
    jobs.forget_old_deletions()
    assert jobs.add("launch", "one", {}, "ada").state == "queued"


def test_an_end_that_a_full_disk_does_not_take_is_shown_and_written_later(jobs: Jobs, workspace: Workspace) -> None:
    job = started(jobs)
    with disk_full(), pytest.raises(OperationalError, match="disk"):
        jobs.end(job, "stopped", "by its user")
    (shown,) = jobs.of_sweep("one")
    assert (shown.state, shown.message, [found.over for found in jobs.driven()]) == ("stopped", "by its user", [True])
    assert Jobs(Database(workspace.storage_url)).of_sweep("one")[0].state == "starting"
    jobs.end(job, "lost")
    assert Jobs(Database(workspace.storage_url)).of_sweep("one")[0].state == "stopped"
