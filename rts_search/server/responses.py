"""What the API tells, and how it is put together."""

from typing import Any, Literal

from pydantic import BaseModel

from rts_search.server.database.job_queue import Job, Jobs
from rts_search.server.problems import Problem
from rts_search.server.snapshots import Snapshots
from rts_search.study.trials import TrialEntry

State = Literal[
    "queued", "starting", "running", "stopping", "confirming", "finished", "budget used up", "interrupted", "failed"
]


class BestSoFar(BaseModel):
    """The best completed trial of the search."""

    trial: int
    val_acc: float
    """In [0, 1]."""


class SweepSummary(BaseModel):
    """How far a sweep is."""

    sweep: str
    state: State
    message: str
    """Why it has failed or been interrupted, where that is known."""
    owner: str
    """Who launched it; empty for the command line."""
    trials: int
    """Baselines included."""
    completed: int
    stopped_early: int
    failed: int
    unfinished: int
    epochs: int
    """Of a whole trial."""
    best: BestSoFar | None
    gradient_evaluations: int
    """Charged: every trial as if it were alone."""
    gradient_evaluations_spent: int
    """Really computed."""
    confirmed: str | None
    """The verdict's sentence, while there is one that holds."""
    verdict_outdated: str
    """What is said in its place where there is one that holds no more; else empty."""
    can_resume: bool
    version: str
    """Another one whenever the trials have changed."""


class TrialView(BaseModel):
    """One trial."""

    number: int
    state: Literal["COMPLETE", "PRUNED", "FAIL", "RUNNING"]
    baseline: str
    config: dict[str, Any] | None
    reason: str
    held: bool
    repeats: int | None
    epochs: int
    val_acc: float | None
    gradient_evaluations: int
    gradient_evaluations_spent: int


class TrialPage(BaseModel):
    """Some of the trials."""

    total: int
    trials: list[TrialView]


class EpochView(BaseModel):
    """One epoch of a trial."""

    epoch: int
    val_acc: float
    gradient_evaluations: int
    """Up to its end."""
    spent: bool
    """Whether this trial computed it; otherwise another has."""


class JobView(BaseModel):
    """Something that the service was asked to run."""

    id: int
    kind: Literal["launch", "resume", "confirm", "plan"]
    sweep: str
    state: Literal["queued", "running", "finished", "stopped", "failed", "lost", "cancelled"]
    message: str


class PlanView(BaseModel):
    """A forecast, once it is there."""

    job: JobView
    forecast: dict[str, Any] | None
    lines: list[str]
    """The same to be read."""


def job_view(job: Job) -> JobView:
    """A job as it is told."""
    return JobView.model_validate({name: getattr(job, name) for name in JobView.model_fields})


def trial_view(entry: TrialEntry, rule: str) -> TrialView:
    """A trial as it is told."""
    return TrialView(
        number=entry.number,
        state=entry.state,  # type: ignore[arg-type]
        baseline=entry.baseline,
        config=entry.config,
        reason=entry.reason,
        held=entry.held,
        repeats=entry.repeats,
        epochs=len(entry.epochs),
        val_acc=entry.val_acc(rule),
        gradient_evaluations=entry.epochs[-1].gradient_evaluations if entry.epochs else 0,
        gradient_evaluations_spent=entry.spent,
    )


def summary_of(name: str, catalogue: Snapshots, job: Job | None) -> SweepSummary:
    """How far a sweep is; one that only waits has no trials yet. Raises: Problem when there is none."""
    try:
        snapshot = catalogue.snapshot(name)
    except Problem:
        if job is None or job.kind != "launch":
            raise
        return _waiting(name, job)
    facts = snapshot.status()
    state, message = _state(facts["state"], job)
    return SweepSummary(
        sweep=name,
        state=state,
        message=message,
        owner=job.owner if job else "",
        trials=facts["trials"],
        completed=facts["completed"],
        stopped_early=facts["stopped_early"],
        failed=facts["failed"],
        unfinished=len(facts["unfinished"]) + len(facts["held"]),
        epochs=facts["epochs"],
        best=facts["best"],
        gradient_evaluations=facts["gradient_evaluations"],
        gradient_evaluations_spent=facts["gradient_evaluations_spent"],
        confirmed=snapshot.current.verdict["sentence"] if snapshot.current.verdict else None,
        verdict_outdated=snapshot.current.outdated,
        can_resume=state in ("interrupted", "budget used up", "failed") and facts["state"] != "finished",
        version=snapshot.version,
    )


def all_summaries(catalogue: Snapshots, jobs: Jobs) -> list[SweepSummary]:
    """All sweeps by name, those that wait included."""
    latest = jobs.latest()
    names = {*catalogue.names(), *(job.sweep for job in latest.values() if job.kind == "launch")}
    return [summary_of(name, catalogue, latest.get(name)) for name in sorted(names)]


def _state(state: str, job: Job | None) -> tuple[State, str]:
    """The state of a sweep from what its study and the queue say."""
    if job is None:
        return state, ""  # type: ignore[return-value]
    if job.state == "queued":
        return "queued", ""
    if job.state == "running":
        if job.message:
            return "stopping", job.message
        doing: State = "confirming" if job.kind == "confirm" else "running"
        return doing, ""
    if job.state == "failed":
        over = state in ("finished", "budget used up")  # then a confirmation has failed, not the sweep
        return (state if over else "failed"), job.message  # type: ignore[return-value]
    return state, job.message if state != "finished" else ""  # type: ignore[return-value]


def _waiting(name: str, job: Job) -> SweepSummary:
    told: dict[str, Any] = job.arguments["sweep"]
    states: dict[str, State] = {"queued": "queued", "running": "starting", "failed": "failed"}
    return SweepSummary(
        sweep=name,
        state=states.get(job.state, "interrupted"),
        message=job.message,
        owner=job.owner,
        trials=0,
        completed=0,
        stopped_early=0,
        failed=0,
        unfinished=0,
        epochs=told["training"]["epochs"],
        best=None,
        gradient_evaluations=0,
        gradient_evaluations_spent=0,
        confirmed=None,
        verdict_outdated="",
        can_resume=job.over,
        version=f"job-{job.id}-{job.state}",
    )
