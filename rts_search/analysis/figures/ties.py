"""Points that lie on each other: one larger marker for all of them, with their number."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from rts_search.analysis.figures.figure import wrapped

Place = TypeVar("Place", bound=Hashable)
Point = TypeVar("Point")
LARGEST = 34
"""Pixels."""
NAMED = 3
"""Largest number of points of one place that a label describes."""


def grouped(points: Iterable[Point], place: Callable[[Point], Place]) -> dict[Place, list[Point]]:
    """The points by their place, both in the given order."""
    found: dict[Place, list[Point]] = {}
    for point in points:
        found.setdefault(place(point), []).append(point)
    return found


def size(count: int, one: int = 9) -> int:
    """Pixels of the marker of so many points; `one`: of a single one."""
    return one if count == 1 else min(LARGEST, one + round(4 * math.log2(count + 1)))


def numbered(counts: Sequence[int], one: int = 9) -> dict[str, Any]:
    """The settings of a trace of markers of so many points each; `marker` has only their sizes."""
    return {
        "mode": "markers+text" if max(counts, default=1) > 1 else "markers",
        "text": [str(count) if count > 1 else "" for count in counts],
        "textfont": {"color": "white", "size": 11},
        "marker": {"size": [size(count, one) for count in counts], "opacity": 1.0, "line": {"width": 0}},
    }


def described(lines: Sequence[str]) -> str:
    """The label of a marker from one line for each of its points."""
    more = [f"and {len(lines) - NAMED:,} more"] if len(lines) > NAMED else []
    head = [f"{len(lines):,} trials:"] if len(lines) > 1 else []
    return "<br>".join([*head, *map(wrapped, lines[:NAMED]), *more])
