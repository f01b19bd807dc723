"""When a sweep began, how long it has trained, and about how long it still takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    begins = {number: own[-1][0] for number, own in turns.items() if own and own[-1][1] is None}
    working = {number: began for number, began in begins.items() if since is not None and began >= since}
    ended = [(began, end) for own in turns.values() for began, end in own if end is not None]
    began = min((begin for own in turns.values() for begin, _ in own), default=None)
    over = {entry.number for entry in entries if entry.state != "RUNNING"}
    took = [seconds_of(turns[number]) for number in over if turns.get(number)]
    so_far = [now - begin for number, begin in working.items() if number not in over]
    return SweepTimes(
        started=began,
        ended=max((end for _, end in ended), default=None),
        trained=_covered(sorted([*ended, *((begin, now) for begin in working.values())])),
        training=bool(working),
        left=seconds_left(took, so_far, total - len(over)),
    )


def seconds_of(turns: Sequence[Turn]) -> float:
    """How long an ended trial had a worker; a turn that was cut off counts as nothing."""
    return sum(end - began for began, end in turns if end is not None)


def seconds_left(took: Sequence[float], so_far: Sequence[float], left: int) -> float | None:
    """About how long the trials that are left still take: one worker's time for them, divided by the workers in use.

    Every surface tells this estimate. It does not count when trials ended, so it holds right after a start, too: with
    four workers, the first end says nothing about the pace. Pauses, and a driver that was changed, do not count either.

    Args:
        took: for how many seconds each ended trial had a worker.
        so_far: for how many seconds each trial that has a worker now has had it.
        left: number of trials that have not ended.

    Returns: None where no trial is left, none has a worker or none has ended.
    """
    if not took or not so_far or left <= 0:
        return None
    each = sum(took) / len(took)
    return max(0.0, each * left - sum(min(seconds, each) for seconds in so_far)) / len(so_far)


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds that lie in at least one of these spans, which are sorted by their begin."""
    covered, reached = 0.0, float("-inf")
    for began, end in spans:
        covered += max(0.0, end - max(began, reached))
        reached = max(reached, end)
    return covered
