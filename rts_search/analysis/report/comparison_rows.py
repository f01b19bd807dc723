"""The rows of a comparison of sweeps as values: one for each sweep and method."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rts_search.analysis.confirmation.statistics import interval
from rts_search.analysis.report.side import Side
from rts_search.analysis.report.winners import LEVEL, Winners
from rts_search.study.ranking import best_of_arms
from rts_search.sweep.baselines import RTS


@dataclass(frozen=True)
class Row:
    """One method of one sweep. Costs are gradient evaluations; values are those of the sweeps' metric."""

    sweep: str
    method: str
    """rts, or the name of a baseline."""
    state: str
    trials: int
    """Trials of this method so far."""
    completed: int
    stopped_early: int
    charged: int
    """Cost of all its trials, where epochs that were taken over from another trial count as trained."""
    spent: int
    """What its trials have computed themselves."""
    best: float | None
    """Best value on the validation part, of one trial on one seed; None without a completed trial."""
    best_at_equal_cost: float | None
    """The best of those trials of rts that had ended when the common cost was charged; None for other methods."""
    seeds: int
    """Number of new seeds on which its config was measured."""
    test: float | None
    """Mean on the test part over these seeds, without those on which it diverged; None where it is not confirmed."""
    test_low: float | None
    """Ends of its interval of 95 %; None where a run diverged, or with fewer than two."""
    test_high: float | None
    difference: float | None = None
    """By how much it is better than `against`, paired by common seeds; None where nothing can be told."""
    difference_low: float | None = None
    difference_high: float | None = None
    difference_level: float | None = None
    """Two-sided level of the interval of the difference."""
    p: float | None = None
    """Two-sided p, corrected for all differences of the table."""
    common_seeds: int | None = None
    established: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def rows_of(sides: Sequence[Side], winners: Sequence[Winners], charged: int) -> list[Row]:
    """The rows, sweep by sweep. `charged`: the cost at which all are compared."""
    against = {one.second.name: _difference(one) for one in winners}
    return [_row(side, arm, charged, against.get(side.name, {})) for side in sides for arm in side.arms]


def _row(side: Side, arm: str, charged: int, difference: Mapping[str, Any]) -> Row:
    entries, objective = side.of_arm(arm), side.view.objective
    best = best_of_arms(entries, objective).get(arm)
    values = np.array(list(side.test_acc.values()) if arm == RTS else side.rivals.get(arm, []), dtype=np.float64)
    finite = values[~np.isnan(values)]
    low = high = None
    if len(finite) > 1 and len(finite) == len(values):
        share = side.view.metric.is_share
        low, high = interval(finite, LEVEL, 1.0 / side.study.data.test_images if share else 0.0)
        low, high = (max(low, 0.0), min(high, 1.0)) if share else (low, high)
    return Row(
        side.name,
        arm,
        side.facts["state"],
        len(entries),
        sum(entry.completed for entry in entries),
        sum(entry.state == "PRUNED" for entry in entries),
        sum(entry.cost for entry in entries),
        sum(entry.spent for entry in entries),
        None if best is None else best.value(objective),
        side.reached(charged) if arm == RTS else None,
        len(values),
        float(finite.mean()) if len(finite) else None,
        low,
        high,
        **(difference if arm == RTS else {}),
    )


def _difference(one: Winners) -> dict[str, Any]:
    """The second sweep minus the first."""
    found, seeds = one.difference, len(one.seeds) if one.confirmed else None
    if found is None:
        return {"common_seeds": seeds}
    return {
        "difference": -found.mean,
        "difference_low": -found.high,
        "difference_high": -found.low,
        "difference_level": found.level,
        "p": found.p,
        "common_seeds": seeds,
        "established": found.established,
    }
