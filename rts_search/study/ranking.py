"""Which trial is the best: one rule for tables, pages, exports, confirmations and the states that stay.

Higher val_acc by the objective's rule is better; of equals the cheaper trial; then the earlier one. Baselines stand by
the same rule. They have the lowest numbers, so that one of equal accuracy and cost stands above: a search that has only
equalled a baseline has found nothing better.
"""

from collections.abc import Iterable, Sequence

from rts_search.study.trials import TrialEntry


def best_trials(entries: Sequence[TrialEntry], rule: str) -> list[TrialEntry]:
    """The completed trials of the search, the best first, without those that repeat an earlier one of the search."""
    searched = [entry for entry in entries if not entry.baseline]
    again = repeated(searched)
    return ranked((entry for entry in searched if entry.number not in again), rule)


def leaderboard(entries: Sequence[TrialEntry], rule: str) -> list[TrialEntry]:
    """The same among the completed baselines."""
    return ranked([*best_trials(entries, rule), *(entry for entry in entries if entry.baseline)], rule)


def ranked(entries: Iterable[TrialEntry], rule: str) -> list[TrialEntry]:
    """All of the given trials that are completed, the best first."""

    def place(entry: TrialEntry) -> tuple[float, int, int]:
        return -(entry.val_acc(rule) or 0.0), entry.cost, entry.number

    return sorted((entry for entry in entries if entry.completed), key=place)


def repeated(entries: Iterable[TrialEntry]) -> dict[int, int]:
    """Of each completed trial whose settings have the effect of an earlier completed one's, that one's number.

    It has come to the very same state (a switch at the end makes every radius the same, and there are other ways), or
    was drawn as a repeat on another seed: of the same trial, whether that one is completed or not.
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
