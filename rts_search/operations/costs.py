"""`rts-search costs`: what the methods of a sweep reach for the same, and what they need for the same."""

import math
from collections.abc import Sequence

from rts_search.analysis.costs.reaching import usual_value
from rts_search.analysis.costs.table import CostsTable
from rts_search.basics.errors import UserError
from rts_search.operations.compared import compared
from rts_search.study.workspace import Workspace


def costs(
    name: str, workspace: Workspace, value: float | None = None, against: Sequence[str] | None = None
) -> CostsTable:
    """The tables of costs.

    Args:
        name: of the sweep.
        workspace: its place.
        value: the value of the objective's metric that is to be reached; None: `usual_value`.
        against: names of the rivals; None: all baselines.

    Raises:
        UserError: see `compared`, and a value that the metric cannot have.
    """
    _, _, courses = compared(name, workspace, against)
    metric = courses.objective.measure
    if value is not None and not (0.0 < value <= 1.0 if metric.is_share else 0.0 < value < math.inf):
        rule = "in (0, 1]" if metric.is_share else "> 0 and finite"
        raise UserError(f"{name}: --accuracy: must be {rule}, as {metric.name} is, but got {value:g}")
    return CostsTable(courses, usual_value(courses) if value is None else value)
