"""How far a confirmation is while it runs: its runs, its time, and about how long it still takes."""

from dataclasses import dataclass

from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.times import SweepTimes, times_of


@dataclass(frozen=True)
class RunningRun:
    """A run that has a worker, or waits for one."""

    number: int
    method: str
    """`contender 6`, after its trial in the search, or the name of a baseline."""
    epochs: int
    """Finished epochs."""
    of: int
    """Epochs of the whole run."""


@dataclass(frozen=True)
class ConfirmationProgress:
    """The runs of a confirmation and their times."""

    runs: int
    """Number of runs that are planned so far. More may be planned when these have ended."""
    ended: int
    running: tuple[RunningRun, ...]
    times: SweepTimes

    @property
    def complete(self) -> bool:
        """Whether all planned runs have ended."""
        return self.ended >= self.runs


def confirmation_progress(study: ConfirmationStudy, since: float | None, now: float) -> ConfirmationProgress:
    """The progress of a confirmation.

    Args:
        study: of the confirmation.
        since: when its driver began; see `times_of`.
        now: seconds since 1970.
    """
    entries, total = study.trials(), study.total
    running = tuple(
        RunningRun(one.number, method_told(one.arm), len(one.epochs), one.settings.training.epochs)
        for one in entries
        if one.state == "RUNNING" and one.config
    )
    ended = sum(one.state != "RUNNING" for one in entries)
    return ConfirmationProgress(total, ended, running, times_of(study.turns(), entries, total, since, now))


def method_told(arm: str) -> str:
    """The method of a run: runs of a contender are named after its trial in the search, such as `contender 6`."""
    return f"contender {arm}" if arm.isdecimal() else arm
