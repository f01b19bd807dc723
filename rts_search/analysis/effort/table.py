"""What tuning effort buys, as numbers: the rows of effort.csv."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rts_search.analysis.effort.curves import effort_curves
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep import SweepFile


def effort_rows(sweep: SweepFile, entries: Sequence[TrialEntry]) -> list[dict[str, Any]]:
    """One row per arm and number of trials: the best value of the objective's metric, with the ends of its band.

    `estimate` is `expected` where the trials are alike and independent, else `best so far`, which has no band.
    """
    return [
        {
            "arm": curve.arm,
            "metric": sweep.objective.metric,
            "estimate": "expected" if curve.alike else "best so far",
            **asdict(point),
        }
        for curve in effort_curves(sweep, entries)
        for point in curve.points
    ]
