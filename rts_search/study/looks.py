"""Divides the 5 % error rate of a confirmation among its looks at the test part.

A look is one judgement of the measured accuracies. Its share of the error rate is fixed before it, by its number alone
and never by data. The chance of any false claim is then at most the sum of the shares (union bound). Methods that use
the dependence between looks would spend less, but they need the same comparisons at every look, and here contenders and
baselines may change between looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ALPHA = 0.05
"""Highest chance of any false win over all looks and baselines, and likewise of any false loss."""
FIRST = 0.8
"""Share of ALPHA for the first look. Each later look has half of what is left."""


@dataclass(frozen=True)
class Spending:
    """The error rate that the looks of one question have spent, in relaunches under other names too."""

    spent: float = 0.0
    """Sum over the looks so far and the looks that are planned and not taken yet."""

    def unplanned(self) -> float:
        """Error rate of the next look when no looks are planned."""
        return FIRST * ALPHA if self.spent == 0.0 else max(0.0, ALPHA - self.spent) / 2

    def planned(self, looks: int) -> float:
        """Error rate of each of `looks` planned looks."""
        return max(0.0, ALPHA - self.spent) / looks


@dataclass(frozen=True)
class Look:
    """One judgement of the measured accuracies."""

    number: int
    """Number among the looks of this question, from 1, those of relaunches under other names included."""
    alpha: float
    """Error rate that the look had."""
    read: str
    """Digest of all data that was judged. Judging the same data again is not another look."""
    verdict: dict[str, Any]
    contenders: Sequence[int] = ()
    """Numbers of the trials that contended, those that the screening left out included."""
    seeds: int = 0
    """Number of seeds that were asked for; the budget may have ended before."""

    @property
    def asked(self) -> tuple[list[int], int]:
        """Contenders and number of seeds that were asked for."""
        return list(self.contenders), self.seeds


BEFORE_LOOKS = Look(1, FIRST * ALPHA, "", {})
"""The look of a version that recorded no looks: it counts as a first look, and its claims are not known."""


def found(looks: Sequence[Look], read: str) -> Look | None:
    """The look that judged exactly this data, if there is one."""
    return next((look for look in looks if look.read == read), None)
