"""The leaderboard: the best completed trials and the baselines, ranked together."""

from dataclasses import dataclass

from rts_search.analysis.figures import SweepView
from rts_search.study.ranking import ranked
from rts_search.sweep.baselines import RTS

SHOWN = 20
"""Largest number of trials on it, baselines not counted."""


@dataclass(frozen=True)
class Leader:
    """One row of the leaderboard."""

    number: int
    baseline: str
    """Name of the baseline, tuned or not; empty for a trial of the search."""
    settings: str
    """Settings in short."""
    value: str
    """Value of the objective, as text with its unit."""
    cost: int
    """Gradient evaluations of the trial."""
    epochs: int


def leaders(view: SweepView) -> list[Leader]:
    """The rows, the best first."""
    return [
        Leader(
            entry.number,
            "" if entry.arm == RTS else entry.arm,
            view.described(entry),
            view.metric.shown(entry.value(view.objective)),
            entry.cost,
            len(entry.epochs),
        )
        for entry in ranked([*view.best[:SHOWN], *view.baselines], view.objective)
    ]
