"""Which epochs a trial has in common with others: those that it took, and those that others took from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rts_search.study.trials import EpochEntry, TrialEntry


@dataclass(frozen=True)
class SharedEpochs:
    """Consecutive epochs that two trials have in common, counted from 1."""

    trial: int | None
    """The other trial; None for one of another sweep of the same store."""
    first: int
    last: int

    @property
    def told(self) -> str:
        """`epoch 3` or `epochs 1 to 6`."""
        return f"epoch {self.first}" if self.first == self.last else f"epochs {self.first} to {self.last}"


def taken(entry: TrialEntry, entries: Iterable[TrialEntry]) -> list[SharedEpochs]:
    """The epochs that a trial took from the store, by the trials of the sweep that had trained them."""
    wanted = {epoch.key for epoch in entry.epochs if not epoch.spent}
    trained: dict[str, int] = {}
    for other in entries if wanted else ():
        for epoch in other.epochs:
            if epoch.spent and epoch.key in wanted:
                trained.setdefault(epoch.key, other.number)
    return _runs([(trained.get(epoch.key), epoch) for epoch in entry.epochs if not epoch.spent])


def given(entry: TrialEntry, entries: Iterable[TrialEntry]) -> list[SharedEpochs]:
    """The epochs of a trial that others took, by trial."""
    own = {epoch.key for epoch in entry.epochs if epoch.spent}
    found = []
    for other in entries if own else ():
        if other.number != entry.number:
            common = [(other.number, epoch) for epoch in other.epochs if not epoch.spent and epoch.key in own]
            found += _runs(common)
    return found


def parent_of(entry: TrialEntry, entries: Iterable[TrialEntry]) -> int | None:
    """The trial of the sweep that had trained the last epoch that this one took; None where it took none."""
    return next((one.trial for one in reversed(taken(entry, entries)) if one.trial is not None), None)


def _runs(epochs: Sequence[tuple[int | None, EpochEntry]]) -> list[SharedEpochs]:
    """Consecutive epochs of one trial as one."""
    found: list[SharedEpochs] = []
    for trial, epoch in epochs:
        number = epoch.epoch + 1
        if found and found[-1].trial == trial and found[-1].last == number - 1:
            found[-1] = SharedEpochs(trial, found[-1].first, number)
        else:
            found.append(SharedEpochs(trial, number, number))
    return found
