"""The summary of a sweep, made from its study and its latest job."""

import zlib
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.server.confirming import confirmation_of, is_confirming
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.job_states import Job
from rts_search.server.problems import Problem
from rts_search.server.responses import RunningTrial, State, SweepSummary
from rts_search.server.snapshots import Snapshots
from rts_search.study.database.storage import StorageUnusable
from rts_search.study.lead import lead_told


def summary_of(name: str, snapshots: Snapshots, job: Job | None) -> SweepSummary:
    """The summary of a sweep, which has no trials yet while its first job is in the queue.

    A sweep whose study is damaged has none that could be told; its message says what is damaged.

    Raises: Problem: there is no such sweep.
    """
    try:
        snapshot = snapshots.get(name)
    except StorageUnusable:
        raise
    except UserError as error:
        return _damaged(name, str(error), job)
    except Problem:
        if job is None or job.kind != "launch":
            raise
        return _without_study(name, job)
    facts = snapshot.status()
    confirming = is_confirming(snapshot, job)
    state, message = _state("confirming" if confirming else facts["state"], job)
    confirmation = confirmation_of(snapshot, job) if confirming else None
    times = snapshot.confirmation.times if confirming and snapshot.confirmation else snapshot.times
    said = f"-{zlib.crc32(confirmation.doing.encode()):x}" if confirmation else ""
    return SweepSummary(
        sweep=name,
        state=state,
        message=message,
        owner=job.owner if job else "",
        launched_by=(job.owner if job else "") or snapshot.study.launched_by,
        dataset=snapshot.study.sweep.dataset.name,
        model=snapshot.study.sweep.model.name,
        started=snapshot.times.started,
        ended=snapshot.times.ended,
        trained_seconds=snapshot.times.trained,
        training=times.training,
        left_seconds=times.left,
        as_of=snapshot.at,
        running=_running(facts) if state in ("running", "stopping") else [],
        confirmation=confirmation,
        trials=facts["trials"],
        completed=facts["completed"],
        stopped_early=facts["stopped_early"],
        failed=facts["failed"],
        unfinished=len(facts["unfinished"]) + len(facts["held"]),
        epochs=facts["epochs"],
        best=facts["best"],
        best_baseline=facts["best_baseline"],
        lead=lead_told(facts),
        can_confirm=facts["can_confirm"] and (job is None or job.over),
        gradient_evaluations=facts["gradient_evaluations"],
        gradient_evaluations_spent=facts["gradient_evaluations_spent"],
        confirmed=snapshot.current.verdict["sentence"] if snapshot.current.verdict else None,
        verdict_outdated=snapshot.current.outdated,
        can_resume=_can_resume(state, facts["state"], job),
        version=snapshot.version + said,
    )


def _running(facts: dict[str, Any]) -> list[RunningTrial]:
    """The trials that have a worker, or wait for one."""
    return [
        RunningTrial(trial=number, epochs=epochs, of=facts["lengths"].get(number, facts["epochs"]))
        for number, epochs in facts["unfinished"].items()
    ]


def all_summaries(snapshots: Snapshots, jobs: Jobs) -> list[SweepSummary]:
    """The summaries of all sweeps, sorted by name, including those in the queue."""
    latest = jobs.latest()
    names = {*snapshots.names(), *(job.sweep for job in latest.values() if job.kind == "launch")}
    return [summary_of(name, snapshots, latest.get(name)) for name in sorted(names)]


def _state(state: str, job: Job | None) -> tuple[State, str]:
    """The state of a sweep and a message, from the state of its study and its latest job."""
    if job is None:
        return state, ""  # type: ignore[return-value]
    if job.state == "queued":
        return "queued", ""
    if job.state in ("starting", "stopping"):
        return job.state, job.message  # type: ignore[return-value]
    if job.state == "running":
        doing: State = "confirming" if job.kind == "confirm" or state == "confirming" else "running"
        return doing, ""
    if job.state == "failed":
        over = state in ("finished", "budget used up")  # the job that failed was a confirmation
        return (state if over else "failed"), job.message  # type: ignore[return-value]
    return state, job.message if state != "finished" else ""  # type: ignore[return-value]


def _can_resume(state: State, of_study: str, job: Job | None) -> bool:
    """Whether a resume has something to do. Where all trials have ended, the tables or the confirmation may lack."""
    if of_study == "finished":
        return job is not None and job.cut_off
    return state in ("interrupted", "budget used up", "failed")


def _without_study(name: str, job: Job) -> SweepSummary:
    """The summary of a sweep that was launched, but whose driver has not made its study yet."""
    sweep: dict[str, Any] = job.arguments["sweep"]
    states: dict[str, State] = {
        "queued": "queued",
        "starting": "starting",
        "running": "starting",
        "stopping": "stopping",
        "failed": "failed",
    }
    found = _without_trials(name, states.get(job.state, "interrupted"), job.message, job.owner)
    version = f"job-{job.id}-{job.state}"
    named = {"dataset": sweep["dataset"]["name"], "model": sweep["model"]["name"]}
    own = {"epochs": sweep["training"]["epochs"], "can_resume": job.over, "version": version}
    return found.model_copy(update={**own, **named})


def _damaged(name: str, line: str, job: Job | None) -> SweepSummary:
    """The summary of a sweep whose study cannot be read. `line`: what is damaged, and what to do about it."""
    return _without_trials(name, "damaged", line, job.owner if job else "")


def _without_trials(name: str, state: State, message: str, owner: str) -> SweepSummary:
    """A summary without any numbers."""
    return SweepSummary(
        sweep=name,
        state=state,
        message=message,
        owner=owner,
        launched_by=owner,
        dataset="",
        model="",
        started=None,
        ended=None,
        trained_seconds=0.0,
        training=False,
        left_seconds=None,
        as_of=0.0,
        running=[],
        confirmation=None,
        trials=0,
        completed=0,
        stopped_early=0,
        failed=0,
        unfinished=0,
        epochs=0,
        best=None,
        best_baseline=None,
        lead="",
        can_confirm=False,
        gradient_evaluations=0,
        gradient_evaluations_spent=0,
        confirmed=None,
        verdict_outdated="",
        can_resume=False,
        version=f"{state}-{zlib.crc32(message.encode()):x}",
    )
