"""What a sweep looks like: every figure as plain Plotly JSON, for pages, reports and papers alike."""

from collections.abc import Callable

from rts_search.figures.accuracy import cost, curves
from rts_search.figures.allocation import allocation
from rts_search.figures.figure import Figure
from rts_search.figures.schedules import schedules
from rts_search.figures.settings import importances, parallel
from rts_search.figures.tree import tree
from rts_search.figures.verdict import verdict
from rts_search.figures.view import SweepView

__all__ = ["FIGURES", "Figure", "SweepView"]

FIGURES: dict[str, Callable[[SweepView], Figure | None]] = {
    "cost": cost,
    "curves": curves,
    "schedules": schedules,
    "tree": tree,
    "parallel": parallel,
    "importances": importances,
    "allocation": allocation,
    "verdict": verdict,
}
"""Name -> what draws it; None where there is nothing to draw yet."""
