"""How long trials take, and from that about how long those take that are left. Every surface tells this estimate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rts_search.study.trial_reader import Turn


@dataclass
class Pace:
    """The times in which trials had a worker. Moments are in seconds since 1970.

    It counts the seconds of workers, not the trials that have ended since some begin. So it holds right after a start,
    with several workers, and when a sweep goes on in a new driver.
    """

    took: list[float] = field(default_factory=list)
    """For how many seconds each ended trial had a worker."""
    since: dict[int, float] = field(default_factory=dict)
    """Number of a trial that has a worker -> since when."""
    earlier: dict[int, float] = field(default_factory=dict)
    """Number of a trial that has not ended -> seconds of its earlier workers."""

    @classmethod
    def of(cls, turns: Mapping[int, Sequence[Turn]], ended: Collection[int], since: float | None) -> "Pace":
        """The pace of a study.

        Args:
            turns: the times in which each trial had a worker, by its number.
            ended: numbers of the trials that have ended.
            since: when the driver began; None without one. A turn without an end that began before was cut off.
        """
        took = [seconds_of(turns[number]) for number in ended if turns.get(number)]
        others = {number: own for number, own in turns.items() if own and number not in ended}
        begins = {number: own[-1][0] for number, own in others.items() if own[-1][1] is None}
        working = {number: began for number, began in begins.items() if since is not None and began >= since}
        return cls(took, working, {number: seconds_of(own) for number, own in others.items()})

    def began(self, number: int, now: float) -> None:
        """Note that a trial has a worker."""
        self.since.setdefault(number, now)

    def paused(self, number: int, now: float) -> None:
        """Note that a trial has lost its worker and goes on later."""
        self.earlier[number] = self.earlier.get(number, 0.0) + now - self.since.pop(number, now)

    def ended(self, number: int, now: float) -> bool:
        """Note that a trial has ended. Returns whether it had a worker, which is free now."""
        if number not in self.since:
            return False
        self.took.append(self.earlier.pop(number, 0.0) + now - self.since.pop(number))
        return True

    def left(self, trials: int, now: float, freed: int = 0) -> float | None:
        """About how many seconds the trials that have not ended still take.

        It is the time that one worker would need, divided by the workers in use.

        Args:
            trials: number of trials that have not ended.
            now: seconds since 1970.
            freed: number of workers whose trials have just ended, and which take the next ones.

        Returns: None where no trial is left, none has a worker or none has ended.
        """
        so_far = [*(now - began for began in self.since.values()), *[0.0] * freed][: max(0, trials)]
        if not self.took or not so_far:
            return None
        each = sum(self.took) / len(self.took)
        return max(0.0, each * trials - sum(min(seconds, each) for seconds in so_far)) / len(so_far)


def seconds_of(turns: Sequence[Turn]) -> float:
    """How long a trial had a worker; a turn without an end counts as nothing."""
    return sum(end - began for began, end in turns if end is not None)
