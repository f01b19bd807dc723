"""When a sweep began, how long it has trained, and about how long it still takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rts_search.study.pace import Pace
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import TrialEntry


@dataclass(frozen=True)
class SweepTimes:
    """The times of a sweep, in seconds."""

    started: float | None
    """Begin of its first trial, since 1970; None before."""
    ended: float | None
    """End of its last trial, since 1970; None before a trial has ended."""
    trained: float
    """How long at least one trial had a worker."""
    training: bool
    """Whether a trial has a worker now, so that `trained` grows."""
    left: float | None
    """How long the trials that are left take at the pace of those that have ended; None while no trial has a worker,
    and before one has ended."""


def times_of(
    turns: Mapping[int, Sequence[Turn]], entries: Sequence[TrialEntry], total: int, since: float | None, now: float
) -> SweepTimes:
    """The times of a sweep.

    Args:
        turns: the times in which each trial had a worker, by its number.
        entries: the trials.
        total: number of trials of the whole sweep.
        since: when its driver began, in seconds since 1970; None without a driver. A turn without an end that began
            before was cut off, and is not counted.
        now: seconds since 1970.
    """
    over = {entry.number for entry in entries if entry.state != "RUNNING"}
    pace = Pace.of(turns, over, since)
    ended = [(began, end) for own in turns.values() for began, end in own if end is not None]
    began = min((begin for own in turns.values() for begin, _ in own), default=None)
    return SweepTimes(
        started=began,
        ended=max((end for _, end in ended), default=None),
        trained=_covered(sorted([*ended, *((begin, now) for begin in pace.since.values())])),
        training=bool(pace.since),
        left=pace.left(total - len(over), now),
    )


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds that lie in at least one of these spans, which are sorted by their begin."""
    covered, reached = 0.0, float("-inf")
    for began, end in spans:
        covered += max(0.0, end - max(began, reached))
        reached = max(reached, end)
    return covered
