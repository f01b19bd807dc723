"""Ranks trials: one rule for tables, pages, exports, confirmations and the states that are kept.

The better value of the objective is better; then the cheaper trial; then a baseline, tuned or not, since a search
that only equals a baseline has found nothing better; then the earlier trial.
"""

from collections.abc import Iterable, Sequence

from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig


def best_trials(entries: Sequence[TrialEntry], objective: ObjectiveConfig) -> list[TrialEntry]:
    """The completed trials of the search, best first, without those that repeat an earlier one of the search."""
    return best_of_arm(entries, RTS, objective)


def best_of_arm(entries: Sequence[TrialEntry], arm: str, objective: ObjectiveConfig) -> list[TrialEntry]:
    """The completed trials of an arm, best first, without those that repeat an earlier one of this arm."""
    own = [entry for entry in entries if entry.arm == arm]
    again = repeated(own)
    return ranked((entry for entry in own if entry.number not in again), objective)


def best_of_arms(entries: Sequence[TrialEntry], objective: ObjectiveConfig) -> dict[str, TrialEntry]:
    """Arm -> its best trial, for the arms that have a completed one, in the order in which the arms began.

    A baseline that is trained once, without tuning, is an arm with one trial.
    """
    best = {arm: best_of_arm(entries, arm, objective) for arm in dict.fromkeys(entry.arm for entry in entries)}
    return {arm: trials[0] for arm, trials in best.items() if trials}


def leaderboard(entries: Sequence[TrialEntry], objective: ObjectiveConfig) -> list[TrialEntry]:
    """The completed trials of all arms, ranked together, without those that repeat an earlier one of their arm."""
    arms = dict.fromkeys(entry.arm for entry in entries)
    return ranked((entry for arm in arms for entry in best_of_arm(entries, arm, objective)), objective)


def ranked(entries: Iterable[TrialEntry], objective: ObjectiveConfig) -> list[TrialEntry]:
    """The given trials that are completed, best first."""

    def place(entry: TrialEntry) -> tuple[float, int, bool, int]:
        return -entry.gain(objective), entry.cost, entry.arm == RTS, entry.number

    return sorted((entry for entry in entries if entry.completed), key=place)


def repeated(entries: Iterable[TrialEntry]) -> dict[int, int]:
    """Number of each completed trial that repeats an earlier completed one -> number of the earlier one.

    A trial repeats another if it has reached the same state (with a switch at the last epoch, for example, the radius
    has no effect), or if both were drawn as the same trial on different seeds.
    """
    first: dict[int | str, int] = {}
    found = {}
    for entry in sorted(entries, key=lambda entry: entry.number):
        if entry.state != "COMPLETE":
            continue
        drawn, reached = entry.number if entry.repeats is None else entry.repeats, entry.epochs[-1].key
        earlier = first.get(drawn, first.get(reached))
        if earlier is not None:
            found[entry.number] = earlier
        first.setdefault(drawn, entry.number)
        first.setdefault(reached, entry.number)
    return found
