"""How several looks at the test part share the 5 % by which a confirmation may be wrong.

A look is one judgement of what was measured. Each look spends a part of the whole that is fixed before it, by its
number alone: no look's data decides what another may spend. The chance of any false claim is then at most the sum of
the parts (a union bound). Boundaries that use how the looks depend on each other would spend less, but need the same
comparisons at every look, while here contenders and methods may change between looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ALPHA = 0.05
"""Chance of claiming any win where there is none, over all looks and baselines; and of claiming any loss."""
FIRST = 0.8
"""Share of the whole that the first look may spend; every later one may spend half of what is left then."""


@dataclass(frozen=True)
class Spending:
    """What the looks of one question have spent; looks of a relaunch under another name are among them."""

    spent: float = 0.0
    """The sum of what they were given, and of what is promised to looks that are still planned."""

    def unplanned(self) -> float:
        """What the next look may spend when no looks were planned."""
        return FIRST * ALPHA if self.spent == 0.0 else max(0.0, ALPHA - self.spent) / 2

    def planned(self, looks: int) -> float:
        """What each of so many planned looks may spend."""
        return max(0.0, ALPHA - self.spent) / looks


@dataclass(frozen=True)
class Look:
    """One judgement of what was measured."""

    number: int
    """Among the looks of this question, from 1: those of relaunches under other names are counted too."""
    alpha: float
    """What it might spend."""
    read: str
    """Digest of everything that it judged; a later confirmation that reads the same is no look."""
    verdict: dict[str, Any]
    contenders: Sequence[int] = ()
    """Trials that contended, those that the screening left out too."""
    seeds: int = 0
    """Seeds that were asked for; a budget may have ended before."""

    @property
    def asked(self) -> tuple[list[int], int]:
        """What was asked for: contenders and seeds."""
        return list(self.contenders), self.seeds


BEFORE_LOOKS = Look(1, FIRST * ALPHA, "", {})
"""The verdict of a version that counted no looks: it has spent what a first look may, and its claims are not known."""


def found(looks: Sequence[Look], read: str) -> Look | None:
    """The look that judged exactly this, if there was one."""
    return next((look for look in looks if look.read == read), None)
