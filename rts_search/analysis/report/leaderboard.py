"""The leaderboard: the best completed trials and the baselines, ranked together."""

from dataclasses import dataclass

from rts_search.analysis.figures import SweepView
from rts_search.study.ranking import ranked

SHOWN = 20
"""Largest number of trials on it, baselines not counted."""


@dataclass(frozen=True)
class Leader:
    """One row of the leaderboard."""

    number: int
    baseline: str
    """Name of the baseline; empty for a trial of the search."""
    settings: str
    """Settings in short."""
    val_acc: float
    """In [0, 1]."""
    cost: int
    """Gradient evaluations of the trial."""
    epochs: int


def leaders(view: SweepView) -> list[Leader]:
    """The rows, the best first."""
    return [
        Leader(
            entry.number,
            entry.baseline,
            view.described(entry),
            entry.val_acc(view.rule) or 0.0,
            entry.cost,
            len(entry.epochs),
        )
        for entry in ranked([*view.best[:SHOWN], *view.baselines], view.rule)
    ]
