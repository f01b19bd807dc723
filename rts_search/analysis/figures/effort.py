"""Figure of tuning effort: the best value after so many trials of each arm, and after so many gradient evaluations."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.effort.curves import Bought, EffortCurve, effort_curves
from rts_search.analysis.effort.wording import sentences
from rts_search.analysis.figures.bands import band
from rts_search.analysis.figures.figure import COLOURS, NEUTRAL, Figure, layout
from rts_search.analysis.figures.log_odds import log_odds
from rts_search.analysis.figures.scope import Scope
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.basics.sizes import counted
from rts_search.study.trials import TrialEntry
from trainables.core.settings.metrics import Metric

FROM = 3
"""The axis begins where the curves are at this number of trials: the mean of one or two trials may be far worse."""


def effort(view: SweepView) -> Figure | None:
    """Left against trials, right against the gradient evaluations charged to them; a line and a band for each arm."""
    curves = effort_curves(view.sweep, view.entries)
    if not curves:
        return None
    data: list[dict[str, Any]] = []
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        for side in ("", "2"):
            if curve.alike:
                data.append(_band(view.metric, curve, colour, side))
            # Steps of several arms often lie on each other: the first one is the widest.
            data.append(_line(view.metric, curve, (colour, 2.0 if curve.alike else max(1.5, 5.0 - place)), side))
    untuned = [entry for entry in view.entries if entry.baseline and entry.completed]
    for side in ("", "2"):
        data.extend(_single(view, entry, place, side) for place, entry in enumerate(untuned))
    axes = layout("trials", f"best {view.metric.axis}")
    low, high = _range(view, curves, untuned)
    axes["yaxis"] |= {"range": [low, high]}
    values = [value for trace in data for value in trace["y"] if value is not None]
    axes["meta"] = log_odds(view.metric, Scope(low, high, None, 0, len(values), ""), values)
    axes["xaxis"] |= {"rangemode": "tozero"}
    axes["xaxis2"] = {**axes["xaxis"], "title": {"text": "gradient evaluations charged"}, "domain": [0.54, 1.0]}
    axes["xaxis"] |= {"domain": [0.0, 0.46]}
    notes = ["A baseline that is not tuned is one point."] if untuned else []
    notes.append("Each trial has one seed, and its luck is part of the best.")
    caption = " ".join([*sentences(view.sweep, curves), *notes])
    return Figure("What tuning effort buys", caption, data, axes)


def _x(point: Bought, side: str) -> float:
    return round(point.gradient_evaluations, 1) if side else point.trials


def _line(metric: Metric, curve: EffortCurve, look: tuple[str, float], side: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": curve.arm,
        "legendgroup": curve.arm,
        "showlegend": not side,
        "x": [_x(point, side) for point in curve.points],
        "y": [metric.plotted(point.best) for point in curve.points],
        "xaxis": f"x{side}",
        "line": {"color": look[0], "width": look[1], "shape": "linear" if curve.alike else "hv"},
        "text": [_hover(metric, point) for point in curve.points],
        "hovertemplate": f"{curve.arm}: %{{text}}<extra></extra>",
    }


def _hover(metric: Metric, point: Bought) -> str:
    between = "" if point.low is None else f" ({metric.shown(point.low)} to {metric.shown(point.high)})"
    spent = f"{counted(point.trials, 'trial')},<br>{point.gradient_evaluations:,.0f} gradient evaluations"
    return f"{metric.shown(point.best)}{between}<br>{spent}"


def _band(metric: Metric, curve: EffortCurve, colour: str, side: str) -> dict[str, Any]:
    xs = [_x(point, side) for point in curve.points]
    low = [metric.plotted(point.low) for point in curve.points]
    high = [metric.plotted(point.high) for point in curve.points]
    return band(xs, low, high, colour, curve.arm, side)


def _single(view: SweepView, entry: TrialEntry, place: int, side: str) -> dict[str, Any]:
    """A baseline that is not tuned: what one trial has bought."""
    symbols = ("diamond", "square", "cross", "triangle-up", "star", "hexagon")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{entry.baseline}, untuned",
        "legendgroup": f"untuned {entry.baseline}",
        "showlegend": not side,
        "x": [entry.cost if side else 1],
        "y": [view.metric.plotted(entry.value(view.objective))],
        "xaxis": f"x{side}",
        "marker": {"color": NEUTRAL, "symbol": symbols[place % len(symbols)], "size": 9},
        "text": [view.metric.shown(entry.value(view.objective))],
        "hovertemplate": f"{entry.baseline}, untuned, one trial: %{{text}}<extra></extra>",
    }


def _range(view: SweepView, curves: Sequence[EffortCurve], untuned: Sequence[TrialEntry]) -> list[float]:
    """From what the worst arm has after FROM trials to the best of all, with room for the bands. A baseline that is not
    tuned is in it unless it is far off."""
    metric = view.metric
    early = [next((one for one in curve.points if one.trials >= FROM), curve.points[-1]) for curve in curves]
    ends = [metric.plotted(point.best) or 0.0 for point in (*early, *(curve.points[-1] for curve in curves))]
    room = max(max(ends) - min(ends), 1.0 if metric.is_share else 0.01)
    points = [metric.plotted(entry.value(view.objective)) or 0.0 for entry in untuned]
    ends += [point for point in points if min(ends) - room <= point <= max(ends) + room]
    return [round(min(ends) - 0.3 * room, 4), round(max(ends) + 0.3 * room, 4)]
