"""Whether a sweep is being confirmed, and how far its confirmation is."""

from rts_search.analysis.confirmation.forecast import scope
from rts_search.basics.log_tail import log_tail, of_last_command
from rts_search.server.database.job_states import Job
from rts_search.server.responses import ConfirmationSummary, RunningRun
from rts_search.server.snapshots import Snapshot
from rts_search.sweep.confirm_section import confirm_settings

MOST_LINES = 100
"""So many lines of the end of a log are looked through."""


def is_confirming(snapshot: Snapshot, job: Job | None) -> bool:
    """Whether a sweep is being confirmed: by a job for that, at the end of its launch, or by the command line."""
    if job is not None and not job.over:
        if job.kind == "confirm":
            return job.state in ("running", "stopping")
        if snapshot.study.sweep.confirm is None:
            return False
    if snapshot.driver is None:
        return False
    found = snapshot.confirmation
    return found is not None and (not found.complete or snapshot.current.verdict is None)


def confirmation_of(snapshot: Snapshot, job: Job | None) -> ConfirmationSummary:
    """How far the confirmation of a sweep is. While no run trains, the driver's last line tells what it does."""
    found, most = snapshot.confirmation, _most(snapshot, job)
    trains = found is not None and found.times.training and not found.complete
    doing = "" if trains else _last_line(snapshot)
    if found is None:
        return ConfirmationSummary(
            runs=0, runs_at_most=most, ended=0, trained_seconds=0.0, left_seconds=None, running=[], doing=doing
        )
    return ConfirmationSummary(
        runs=found.runs,
        runs_at_most=None if most is None else max(most, found.runs),
        ended=found.ended,
        trained_seconds=found.times.trained,
        left_seconds=found.times.left,
        running=[RunningRun(run=one.number, method=one.method, epochs=one.epochs, of=one.of) for one in found.running],
        doing=doing,
    )


def _most(snapshot: Snapshot, job: Job | None) -> int | None:
    """The most runs that it can have; None where the command line has given its settings."""
    if job is None or job.over:
        return None
    sweep, asked = snapshot.study.sweep, job.arguments
    settings = sweep.confirm
    if job.kind == "confirm":
        settings = confirm_settings(sweep.confirm, asked.get("top_k"), asked.get("seeds"), None, asked.get("at"))
    found = scope(sweep, settings)
    return None if found is None else found.most.runs


def _last_line(snapshot: Snapshot) -> str:
    """The last line in which the driver names the sweep: at the end it prints the verdict, which is no step."""
    prefix, lines = f"{snapshot.study.name}: ", of_last_command(log_tail(snapshot.paths.log, MOST_LINES))
    return next((line.removeprefix(prefix) for line in reversed(lines) if line.startswith(prefix)), "")
