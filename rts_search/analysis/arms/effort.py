"""Where the arms of a sweep were not tuned with the same effort, in words for tables and sentences."""

from collections.abc import Mapping, Sequence

from rts_search.study.trials import TrialEntry
from rts_search.study.turns import late_arms
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sweep import SweepFile


def unequal_effort(sweep: SweepFile, entries: Sequence[TrialEntry]) -> list[str]:
    """What makes the effort of the arms unequal, each in a few words, such as `sam was added or extended later`.

    Empty when every arm had the same chance, and in a sweep whose baselines are not tuned.
    """
    if not sweep.tuned:
        return []
    begun = trials_begun(sweep, entries)
    counts = set(begun.values()) if max(begun.values()) - min(begun.values()) > 1 else set()
    counts |= set(sweep.efforts.values()) if len(set(sweep.efforts.values())) > 1 else set()
    numbers = [f"unequal numbers of trials: {listed(begun)}"] if counts else []
    return numbers + [f"{arm} {note}" for arm, notes in effort_notes(sweep, entries).items() for note in notes]


def effort_notes(sweep: SweepFile, entries: Sequence[TrialEntry]) -> dict[str, list[str]]:
    """Arm -> what sets it apart from the others besides its number of trials, as the rest of a sentence."""
    notes: dict[str, list[str]] = {arm: [] for arm in sweep.efforts}
    if sweep.search.warm_start is not None:
        notes[RTS].append(f"began with the results of {sweep.search.warm_start}")
    if sweep.search.points:
        notes[RTS].append(f"tried {len(sweep.search.points)} given points first")
    for baseline in sweep.baselines:
        if baseline.space is not None:
            notes[baseline.name].append("has a space of its own")
        if baseline.training:
            notes[baseline.name].append(f"has fixed settings ({', '.join(baseline.training)})")
    for arm in late_arms(sweep.efforts, (entry.arm for entry in entries)):
        notes[arm].append("was added or extended later")
    return notes


def trials_begun(sweep: SweepFile, entries: Sequence[TrialEntry]) -> dict[str, int]:
    """Arm -> number of its trials that have begun."""
    begun = dict.fromkeys(sweep.efforts, 0)
    for entry in entries:
        begun[entry.arm] += 1
    return begun


def listed(numbers: Mapping[str, int]) -> str:
    """The numbers of all arms: `rts 24, sgd 48`."""
    return ", ".join(f"{arm} {number}" for arm, number in numbers.items())
