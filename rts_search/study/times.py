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
    left: float | None
    """How long the trials that are left take at the pace of those that have ended; None while nothing runs, and
    before one has ended."""


def times_of(
    turns: Mapping[int, Sequence[Turn]], entries: Sequence[TrialEntry], total: int, running: bool, now: float
) -> SweepTimes:
    """The times of a sweep.

    Args:
        turns: the times in which each trial had a worker, by its number.
        entries: the trials.
        total: number of trials of the whole sweep.
        running: whether the sweep has a driver. Without one, a turn without an end was cut off, and is not counted.
        now: seconds since 1970.
    """
    open_end = now if running else None
    spans = [(began, end if end is not None else open_end) for own in turns.values() for began, end in own]
    known = sorted((began, end) for began, end in spans if end is not None)
    ends = [end for own in turns.values() for _, end in own if end is not None]
    began = min((began for began, _ in spans), default=None)
    left = _left(turns, entries, total, now) if running else None
    return SweepTimes(began, max(ends, default=None), _covered(known), left)


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds that lie in at least one of these spans, which are sorted by their begin."""
    covered, reached = 0.0, float("-inf")
    for began, end in spans:
        covered += max(0.0, end - max(began, reached))
        reached = max(reached, end)
    return covered


def _left(turns: Mapping[int, Sequence[Turn]], entries: Sequence[TrialEntry], total: int, now: float) -> float | None:
    """Seconds of one worker for all that is left, divided by the workers in use now."""
    over = [entry for entry in entries if entry.state != "RUNNING" and turns.get(entry.number)]
    if not over:
        return None
    seconds = sum((end or now) - began for entry in over for began, end in turns[entry.number])
    working = [entry for entry in entries if entry.state == "RUNNING" and not entry.held]
    each = seconds / len(over)
    so_far = sum(now - turns[entry.number][-1][0] for entry in working if turns.get(entry.number))
    ended = sum(entry.state != "RUNNING" for entry in entries)
    return max(0.0, each * (total - ended) - min(so_far, each * len(working))) / max(1, len(working))
