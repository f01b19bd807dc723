"""Figure of parallel coordinates: every completed trial as a line through its settings to its accuracy."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from rts_search.analysis.figures.figure import COLOURS, Figure, layout, wrapped
from rts_search.analysis.figures.sweep_view import SweepView
from trainables.core.settings.metrics import Metric

MOST_LINES = 100
"""Largest number of trials that are drawn; the best ones."""
MOST_AXES = 8
"""Largest number of settings that are drawn; those that the most trials have."""
LINE = 13
"""Pixels of a line of a label."""


@dataclass(frozen=True)
class _Axis:
    """One vertical axis."""

    name: str
    heights: list[float | None]
    """Height of each trial in [0, 1]; None where it does not have the setting."""
    ticks: list[tuple[float, str]]
    """Labels with their heights."""


def parallel(view: SweepView) -> Figure | None:
    """Parallel coordinates: each completed trial is a line through its settings to its accuracy; the best are dark."""
    frame = view.settings
    if len(frame) < 2 or frame.empty:
        return None
    trials = view.completed[:MOST_LINES]
    frame = frame.iloc[: len(trials)]
    common = frame.notna().sum().sort_values(ascending=False, kind="stable").index[:MOST_AXES]
    left_out = [name for name in frame.columns if name not in common]
    accuracies = [view.metric.plotted(entry.value(view.objective)) or 0.0 for entry in trials]
    axes = [_axis(name, frame[name]) for name in frame.columns if name in common]
    axes.append(_objective_axis(view.metric, accuracies))
    best = " best" if len(trials) < len(view.completed) else ""
    better, worse = ("below", "above") if view.metric.falls else ("above", "below")
    caption = (
        f"Each line is one of the {len(trials)}{best} completed trials. It goes through the settings that differ "
        f"between trials to the {view.metric.words}: blue {better} the middle of the range, orange {worse}. It skips "
        "settings that the trial does not have."
        + (f" Not drawn, since few trials have them: {', '.join(left_out)}." if left_out else "")
    )
    return Figure("Parallel coordinates", caption, _lines(view, axes, accuracies), _layout(axes))


def _lines(view: SweepView, axes: list[_Axis], accuracies: list[float]) -> list[dict[str, Any]]:
    """One line per trial, the best on top."""
    lines = []
    for row in reversed(range(len(accuracies))):
        share = _share(accuracies[row], min(accuracies), max(accuracies))
        share = 1.0 - share if view.metric.falls else share
        points = [(place, axis.heights[row]) for place, axis in enumerate(axes) if axis.heights[row] is not None]
        label = view.label(view.completed[row])
        lines.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [place for place, _ in points],
                "y": [height for _, height in points],
                "line": {"color": _faint(COLOURS[0 if share >= 0.5 else 1], share), "width": 1 + 2 * share},
                "name": label,
                "hovertemplate": f"{_told(view.metric, accuracies[row])}<br>"
                + wrapped(f"{label}: {view.described(view.completed[row])}")
                + "<extra></extra>",
                "showlegend": False,
            }
        )
    return lines


def _faint(colour: str, share: float) -> str:
    """The colour of a trial, the fainter the worse it is."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.2 + 0.7 * share**2:.3f})"


def _layout(axes: list[_Axis]) -> dict[str, Any]:
    picture = layout("", "")
    picture["xaxis"] |= {
        "tickvals": list(range(len(axes))),
        "ticktext": [axis.name.replace(".", "<br>").replace("_", "_<br>") for axis in axes],
        "range": [-0.3, len(axes) - 0.7],
    }
    picture["yaxis"] |= {"visible": False, "range": [-0.16, 1.1]}
    labels = ((place, height, text) for place, axis in enumerate(axes) for height, text in axis.ticks)
    picture["annotations"] = [_label(*label) for label in labels]
    return picture


def _label(place: int, height: float, text: str) -> dict[str, Any]:
    """A label that no line crosses: above or below all lines, else on a ground of its own. Pages set its colour.

    Those of neighbours are at two heights, so that long ones do not meet.
    """
    look = {"x": place, "y": height, "text": text, "showarrow": False, "font": {"size": 11}}
    if height in (0.0, 1.0):
        away = 3 + LINE * (place % 2)
        return {**look, "yanchor": "bottom" if height else "top", "yshift": away if height else -away}
    return {**look, "bgcolor": "#ffffff", "borderpad": 1}


def _objective_axis(metric: Metric, values: list[float]) -> _Axis:
    """The axis of the objective: the largest value at the top, also where smaller is better."""
    low, high = min(values), max(values)
    heights: list[float | None] = [_share(value, low, high) for value in values]
    return _Axis(metric.name, heights, [(0.0, _told(metric, low)), (1.0, _told(metric, high))])


def _told(metric: Metric, plotted: float) -> str:
    return f"{plotted:.2f} %" if metric.is_share else f"{plotted:.4f}"


def _axis(name: str, column: "pd.Series[Any]") -> _Axis:
    """The axis of a setting: numbers from lowest to highest, names evenly spaced in alphabetical order."""
    present = column.dropna()
    if pd.api.types.is_numeric_dtype(present):
        low, high = float(present.min()), float(present.max())
        heights = [None if pd.isna(value) else _share(float(value), low, high) for value in column]
        return _Axis(name, heights, [(0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")])
    kinds = sorted(present.astype(str).unique())
    places = {kind: place / max(1, len(kinds) - 1) for place, kind in enumerate(kinds)}
    heights = [None if pd.isna(value) else places[str(value)] for value in column]
    return _Axis(name, heights, [(height, kind) for kind, height in places.items()])


def _share(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)
