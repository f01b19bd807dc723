"""A band between two lines, and numbers rounded for pictures."""

from collections.abc import Sequence
from typing import Any


def band(
    xs: Sequence[float],
    low: Sequence[float | None],
    high: Sequence[float | None],
    colour: str,
    group: str,
    x_axis: str = "",
    y_axis: str = "",
) -> dict[str, Any]:
    """The trace of a band.

    Args:
        xs: from left to right.
        low: its lower line.
        high: its upper line.
        colour: as `#0072B2`; the band is faint.
        group: of the legend, whose entry shows and hides it.
        x_axis: "" for the first axis, "2" for the second.
        y_axis: the same.
    """
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*xs, *reversed(xs)],
        "y": [*low, *reversed(high)],
        "xaxis": f"x{x_axis}",
        "yaxis": f"y{y_axis}",
        "legendgroup": group,
        "showlegend": False,
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.13)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def rounded(value: float) -> float:
    """With six digits: rounding in the computation must not change what a picture is said to show."""
    return float(f"{value:.6g}")


def thinned(values: Sequence[float], count: int) -> list[float]:
    """The different values in ascending order, about evenly thinned to `count` of them, with the first and the last."""
    found = sorted(set(values))
    if len(found) <= count:
        return found
    return [found[round(place * (len(found) - 1) / (count - 1))] for place in range(count)]
