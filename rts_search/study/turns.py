"""Whose turn it is when the arms of a sweep begin their trials one after another."""

from collections.abc import Iterable, Mapping
from fractions import Fraction


def next_arm(asked: Mapping[str, int], begun: Mapping[str, int]) -> str:
    """The arm that begins the next trial: the one that has begun the smallest share of its trials, the first of equals.

    At every moment two arms with equal numbers of trials have begun numbers that differ by at most one.

    Args:
        asked: arm -> number of its trials, >= 1, in the order of the arms.
        begun: arm -> number of its trials that have begun; 0 when it is not named. One arm at least has trials left.
    """
    left = [arm for arm, trials in asked.items() if begun.get(arm, 0) < trials]
    return min(left, key=lambda arm: Fraction(begun.get(arm, 0), asked[arm]))


def late_arms(asked: Mapping[str, int], order: Iterable[str]) -> list[str]:
    """The arms that were not given a trial when it was their turn, since they were added or extended later.

    Args:
        asked: arm -> number of its trials, >= 1.
        order: the arm of every trial, by the trial's number.
    """
    begun, late = dict.fromkeys(asked, 0), set[str]()
    for arm in order:
        turn = next_arm(asked, begun)
        if arm != turn:
            late.add(turn)
        begun[arm] += 1
    return [arm for arm in asked if arm in late]
