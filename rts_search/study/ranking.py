"""Ranks trials: one rule for tables, pages, exports, confirmations and the states that are kept.

Higher val_acc by the objective's rule is better; then the cheaper trial; then the earlier one. Baselines have the
lowest numbers, so that a baseline comes before a trial of equal accuracy and cost: a search that only equals a baseline
has found nothing better.
"""

from collections.abc import Iterable, Sequence

from rts_search.study.trials import TrialEntry


def best_trials(entries: Sequence[TrialEntry], rule: str) -> list[TrialEntry]:
    """The completed trials of the search, best first, without those that repeat an earlier one of the search."""
    searched = [entry for entry in entries if not entry.baseline]
    again = repeated(searched)
    return ranked((entry for entry in searched if entry.number not in again), rule)


def leaderboard(entries: Sequence[TrialEntry], rule: str) -> list[TrialEntry]:
    """The same, ranked together with the completed baselines."""
    return ranked([*best_trials(entries, rule), *(entry for entry in entries if entry.baseline)], rule)


def ranked(entries: Iterable[TrialEntry], rule: str) -> list[TrialEntry]:
    """The given trials that are completed, best first."""

    def place(entry: TrialEntry) -> tuple[float, int, int]:
        return -(entry.val_acc(rule) or 0.0), entry.cost, entry.number

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
