"""All figures of a sweep as plain Plotly JSON, for pages, reports and papers."""

from collections.abc import Callable

from rts_search.analysis.figures.accuracy import curves
from rts_search.analysis.figures.accuracy_against_cost import cost
from rts_search.analysis.figures.allocation import allocation
from rts_search.analysis.figures.costs import costs
from rts_search.analysis.figures.effort import effort
from rts_search.analysis.figures.figure import HEIGHT, Figure
from rts_search.analysis.figures.importances import LEAST_TRIALS, importances
from rts_search.analysis.figures.landscape import HEIGHT as LANDSCAPE_HEIGHT
from rts_search.analysis.figures.landscape import landscape
from rts_search.analysis.figures.parallel import parallel
from rts_search.analysis.figures.schedules import schedules
from rts_search.analysis.figures.sensitivity import HEIGHT as SENSITIVITY_HEIGHT
from rts_search.analysis.figures.sensitivity import sensitivity
from rts_search.analysis.figures.shared_epochs import HEIGHT as TREE_HEIGHT
from rts_search.analysis.figures.shared_epochs import tree
from rts_search.analysis.figures.stability import stability
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.figures.verdict import verdict

__all__ = ["FIGURES", "HEIGHT", "HEIGHTS", "OF_COURSES", "Figure", "SweepView"]

FIGURES: dict[str, Callable[[SweepView], Figure | None]] = {
    "cost": cost,
    "curves": curves,
    "effort": effort,
    "costs": costs,
    "stability": stability,
    "sensitivity": sensitivity,
    "schedules": schedules,
    "tree": tree,
    "parallel": parallel,
    "importances": importances,
    "allocation": allocation,
    "landscape": landscape,
    "verdict": verdict,
}
"""The function that draws each figure, by name. It returns None when there is nothing to draw yet."""
NEEDS: dict[str, str] = {
    "cost": "a completed trial",
    "curves": "a trial with an epoch",
    "effort": "baselines that are tuned, and completed trials",
    "costs": "a completed trial whose records are in the store",
    "stability": "a trial whose records are in the store",
    "sensitivity": "a range of numbers in the space, and completed trials",
    "schedules": "a completed trial that uses PUGD",
    "tree": "a trial with an epoch",
    "parallel": "two completed trials of the search that differ",
    "importances": f"{LEAST_TRIALS} completed trials of the search",
    "allocation": "a trial that has begun",
    "landscape": "a measurement: `rts-search landscape NAME`",
    "verdict": "a confirmation",
}
"""What a sweep must have for each figure, in words."""
OF_COURSES = frozenset({"costs", "stability"})
"""The figures that need the records of the compared runs: `SweepView.courses`."""
HEIGHTS = {"sensitivity": SENSITIVITY_HEIGHT, "tree": TREE_HEIGHT, "landscape": LANDSCAPE_HEIGHT}
"""Pixels of the figures that are higher than HEIGHT, by name. The styles of the pages reserve them."""
