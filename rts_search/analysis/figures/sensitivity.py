"""Figure of sensitivity: the value of every trial against each searched number, one colour for each arm."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rts_search.analysis.effort.panels import Panel, Point, panels_of
from rts_search.analysis.figures.figure import COLOURS, Figure, layout
from rts_search.analysis.figures.log_odds import log_odds
from rts_search.analysis.figures.scope import Scope
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.figures.ties import described, grouped, numbered

HEIGHT = 640
MOST_PANELS = 9
"""Largest number of panels."""
COLUMNS = {1: 1, 2: 1, 3: 1, 4: 2}
"""Number of panels -> of columns; of more panels there are three."""


def sensitivity(view: SweepView) -> Figure | None:
    """One panel for each searched number, the learning rate first."""
    found = panels_of(view.sweep, view.entries)
    if not found:
        return None
    panels, left_out = found[:MOST_PANELS], [panel.name for panel in found[MOST_PANELS:]]
    low, high = _range(view, panels)
    data: list[dict[str, Any]] = []
    for place, panel in enumerate(panels):
        for number, (arm, points) in enumerate(panel.points.items()):
            if points:
                named = arm not in {trace["name"] for trace in data}
                data.extend(_drawn(view, panel, place, arm, COLOURS[number % len(COLOURS)], low, named))
    caption = (
        f"Validation {view.metric.words} of every trial against each searched number. Filled: completed trials; open: "
        "stopped early, with what they had reached by then; crosses: diverged. Lines go through the best completed "
        "trial in each quarter of the range. A triangle at the edge lies beyond it. All other settings differ between "
        "trials, too." + (f" Not drawn, since fewer trials have them: {', '.join(left_out)}." if left_out else "")
    )
    axes = _layout(view, panels, [low, high])
    values = [value for trace in data for value in trace["y"]]
    axes["meta"] |= log_odds(view.metric, Scope(low, high, None, 0, len(values), ""), values)
    return Figure("Sensitivity", caption, data, axes)


def _range(view: SweepView, panels: Sequence[Panel]) -> tuple[float, float]:
    """The values of the axis from bad to good: three times as far below the best as the middle completed trial is."""
    completed = {point.entry.number: point.trial.course[-1] for panel in panels for point in panel.completed}
    gains = sorted(completed.values())
    best, middle = gains[-1], gains[len(gains) // 2]
    room = max(3 * (best - middle), 0.01)
    ends = [max(gains[0] - 0.1 * room, best - room), best + 0.1 * room]
    low, high = (view.metric.plotted(view.metric.gain(end)) or 0.0 for end in ends)
    return low, high


def _drawn(
    view: SweepView, panel: Panel, place: int, arm: str, colour: str, low: float, named: bool
) -> Iterator[dict[str, Any]]:
    """Markers and line of an arm in the panel of this place; `named`: with its name in the legend."""
    axis = str(place + 1) if place else ""
    common = {"type": "scatter", "xaxis": f"x{axis}", "yaxis": f"y{axis}", "legendgroup": arm, "name": arm}
    tied = grouped(panel.points[arm], lambda point: (point.x, *_height(view, point, low)))
    marks = numbered([len(group) for group in tied.values()], one=7)
    yield {
        **common,
        **marks,
        "showlegend": False,
        "cliponaxis": False,
        "x": [x for x, _, _ in tied],
        "y": [height for _, height, _ in tied],
        "marker": {**marks["marker"], "color": colour, "symbol": [symbol for _, _, symbol in tied]},
        "textfont": {"color": [_ink(symbol, colour) for _, _, symbol in tied], "size": 10},
        "meta": {
            "values": [_best_known(view, group) for group in tied.values()],
            "counts": list(map(len, tied.values())),
        },
        "hovertext": [described([_hover(view, point) for point in group]) for group in tied.values()],
        "hovertemplate": f"{panel.name} %{{x:.4g}}<br>%{{hovertext}}<extra></extra>",
    }
    best = panel.best_of_parts(arm)
    yield {
        **common,
        "mode": "lines",
        "showlegend": named,
        "x": [point.x for point in best],
        "y": [_height(view, point, low)[0] for point in best],
        "line": {"color": colour, "width": 1.5},
        "hoverinfo": "skip",
    }


def _ink(symbol: str, colour: str) -> str:
    """Colour of a number in a marker."""
    return colour if symbol.endswith("-open") or symbol == "x" else "white"


def _best_known(view: SweepView, points: Iterable[Point]) -> float | None:
    """The value of points that lie on each other, also where they lie beyond the edge; None where they diverged."""
    gains = [point.trial.course[-1] for point in points if point.trial.course and point.trial.ended != "diverged"]
    return view.metric.plotted(view.metric.gain(max(gains))) if gains else None


def _height(view: SweepView, point: Point, low: float) -> tuple[float, str]:
    """Place and symbol of a trial; at the edge `low` when it is worse, and when it diverged."""
    if point.trial.ended == "diverged":
        return low, "x"
    value = view.metric.plotted(view.metric.gain(point.trial.course[-1])) or 0.0
    opened = "" if point.trial.ended == "completed" else "-open"
    if view.metric.gain(value) < view.metric.gain(low):
        return low, f"triangle-down{opened}"
    return value, f"circle{opened}"


def _hover(view: SweepView, point: Point) -> str:
    shown = view.metric.shown(view.metric.gain(point.trial.course[-1])) if point.trial.course else ""
    ended = {"completed": shown, "stopped": f"{shown}, stopped early", "diverged": "diverged"}[point.trial.ended]
    return f"{point.entry.arm}, trial {point.entry.number}: {ended}"


def _layout(view: SweepView, panels: Sequence[Panel], between: list[float]) -> dict[str, Any]:
    axes = layout("", view.metric.axis, height=HEIGHT)
    x, y = axes["xaxis"], axes["yaxis"]
    places = _places(len(panels), COLUMNS.get(len(panels), 3))
    for place, panel in enumerate(panels):
        axis = str(place + 1) if place else ""
        title = {"text": panel.name, "font": {"size": 12}, "standoff": 4}
        axes[f"xaxis{axis}"] = {**x, "title": title, **(_ticks(panel) if panel.logarithmic else {})}
        axes[f"xaxis{axis}"] |= {"anchor": f"y{axis}", **places[f"xaxis{axis}"]}
        axes[f"yaxis{axis}"] = {**y, "range": between, "anchor": f"x{axis}", **places[f"yaxis{axis}"]}
    axes["meta"] = {"narrow": _places(len(panels), min(2, len(panels)))}
    return axes


def _places(panels: int, columns: int) -> dict[str, dict[str, Any]]:
    """Where the axes of each panel are. Only the first panel of a row has numbers at its side."""
    rows = -(-panels // columns)
    found: dict[str, dict[str, Any]] = {}
    for place in range(panels):
        row, column = divmod(place, columns)
        axis = str(place + 1) if place else ""
        left, bottom = column / columns, 1 - (row + 1) / rows
        found[f"xaxis{axis}"] = {"domain": [left, left + 0.94 / columns]}
        found[f"yaxis{axis}"] = {
            "domain": [bottom + (0.16 if rows > 1 else 0) / rows, bottom + 0.97 / rows],
            "showticklabels": column == 0,
            **({} if column == 0 else {"title": {"text": ""}}),
        }
    return found


def _ticks(panel: Panel) -> dict[str, Any]:
    """A logarithmic axis with plain numbers, fewer in each decade where there are many decades."""
    places = [point.x for point in panel.all_points]
    first, last = math.floor(math.log10(min(places))), math.ceil(math.log10(max(places)))
    digits = {1: (1, 2, 5), 2: (1, 3)}.get(last - first, (1,))
    ticks = [digit * 10.0**decade for decade in range(first, last + 1) for digit in digits]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:.6g}" for tick in ticks]}
