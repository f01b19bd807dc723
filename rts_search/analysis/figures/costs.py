"""Figure of costs: the value against epochs, gradient evaluations and seconds, and what each value costs."""

import math
from typing import Any

from rts_search.analysis.costs.equal import AXES, level_at, places, spent
from rts_search.analysis.costs.reaching import method_to_reach, usual_value, values_reached
from rts_search.analysis.courses.course import Courses, Method
from rts_search.analysis.figures.bands import band, rounded, thinned
from rts_search.analysis.figures.figure import COLOURS, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.basics.sizes import counted
from trainables.core.settings.metrics import Metric

POINTS, VALUES = 60, 40
"""Places on an axis, and values whose cost is drawn."""
LEFT, RIGHT, UPPER, LOWER = [0.0, 0.44], [0.56, 1.0], [0.6, 1.0], [0.0, 0.4]
EARLY = 0.25
"""The axes of the value begin at the lowest mean after this share of the training."""
PANELS = {"epochs": "", "gradient_evaluations": "2", "seconds": "3"}
"""Axis -> the number of its panel, as Plotly names axes."""


def costs(view: SweepView) -> Figure | None:
    """Four panels; None without the records of the runs."""
    return None if view.courses is None else drawn(view.courses)


def drawn(courses: Courses) -> Figure | None:
    """The figure of these runs; None where none has completed."""
    if not any(method.completed for method in courses.shown):
        return None
    metric, data = courses.objective.measure, list[dict[str, Any]]()
    for place, method in enumerate(courses.shown):
        colour = COLOURS[place % len(COLOURS)]
        for axis in AXES:
            data += _reached(courses, method, axis, colour)
        data += _needed(courses, method, colour)
    return Figure("Costs", _caption(courses), data, _axes(courses, metric, data))


def _reached(courses: Courses, method: Method, axis: str, colour: str) -> list[dict[str, Any]]:
    """The mean of a method and the band of its interval, where every run has a value."""
    metric, side = courses.objective.measure, PANELS[axis]
    xs = thinned([x for one in method.courses for x in spent(one, axis).tolist()], POINTS)
    levels = [(rounded(x), level_at(method, axis, x, courses)) for x in xs]
    told = [(x, one) for x, one in levels if one.mean is not None and one.count + one.diverged == len(method.courses)]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": method.name,
        "legendgroup": method.name,
        "showlegend": axis == "epochs",
        "x": [x for x, _ in told],
        "y": [metric.plotted(one.mean) for _, one in told],
        "xaxis": f"x{side}",
        "yaxis": f"y{side}",
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"{method.name}: {metric.hover} at %{{x:,.4g}} {AXES[axis]}<extra></extra>",
    }
    sure = [(x, one) for x, one in told if one.low is not None]
    lows, highs = ([metric.plotted(getattr(one, end)) for _, one in sure] for end in ("low", "high"))
    return [*([band([x for x, _ in sure], lows, highs, colour, method.name, side, side)] if sure else []), line]


def _needed(courses: Courses, method: Method, colour: str) -> list[dict[str, Any]]:
    """The median cost of each value, with the band of its interval; it ends where fewer than half of the runs get."""
    metric = courses.objective.measure
    early = int(places(courses, "epochs", (EARLY,))[0])
    values = thinned([metric.gain(value) for value in values_reached(courses, early)], VALUES)
    found = [(metric.gain(one), method_to_reach(method, metric.gain(one), metric)) for one in values]
    told = [(value, one) for value, one in found if one.middle is not None]
    if not told:
        return []
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": method.name,
        "legendgroup": method.name,
        "showlegend": False,
        "x": [rounded(one.middle or 0.0) for _, one in told],
        "y": [metric.plotted(value) for value, _ in told],
        "xaxis": "x4",
        "yaxis": "y4",
        "line": {"color": colour, "width": 2, "shape": "hv"},
        "text": [f"{one.known} of {counted(one.count, 'run')} reached it" for _, one in told],
        "hovertemplate": f"{method.name}: %{{x:,}} gradient evaluations for {metric.hover}, %{{text}}<extra></extra>",
    }
    last = {
        "type": "scatter",
        "mode": "markers",
        "name": f"{method.name}: the last value that half of the runs reach",
        "legendgroup": method.name,
        "showlegend": False,
        "x": line["x"][-1:],
        "y": line["y"][-1:],
        "xaxis": "x4",
        "yaxis": "y4",
        "marker": {"color": colour, "symbol": "circle-open", "size": 10},
        "hovertemplate": f"{method.name}: more than half of the runs never get beyond {metric.hover}<extra></extra>",
    }
    sure = [(value, one) for value, one in told if one.low is not None and math.isfinite(one.high or math.inf)]
    return [*_band_of_costs(sure, metric, colour, method.name), line, last]


def _band_of_costs(sure: list[Any], metric: Metric, colour: str, group: str) -> list[dict[str, Any]]:
    """The intervals lie along the axis of the costs: the band goes up their lower ends and down their upper ends."""
    if not sure:
        return []
    found = band([], [], [], colour, group, "4", "4")
    values = [metric.plotted(value) for value, _ in sure]
    found["x"] = [*(rounded(one.low) for _, one in sure), *(rounded(one.high) for _, one in reversed(sure))]
    found["y"] = [*values, *reversed(values)]
    return [found]


def _axes(courses: Courses, metric: Metric, data: list[dict[str, Any]]) -> dict[str, Any]:
    axes = layout("epochs", metric.axis, height=760, legend={"orientation": "h", "y": 1.04, "yanchor": "bottom"})
    axes["margin"] |= {"t": 50}
    plain_x, plain_y = axes["xaxis"], axes["yaxis"]
    scope = {"range": _range(courses, metric, data)}
    words = {PANELS[axis]: told for axis, told in AXES.items()} | {"4": "gradient evaluations to reach it (median)"}
    ticks = epochs_axis(max(one.epochs for method in courses.shown for one in method.courses))
    for side, text in words.items():
        across = LEFT if side in ("", "3") else RIGHT
        down = UPPER if side in ("", "2") else LOWER
        title = {"title": {"text": text}, "domain": across, "anchor": f"y{side}"}
        axes[f"xaxis{side}"] = {**plain_x, **title, **({} if side else ticks)}
        axes[f"yaxis{side}"] = {**plain_y, **scope, "domain": down, "anchor": f"x{side}"}
    return axes


def _range(courses: Courses, metric: Metric, data: list[dict[str, Any]]) -> list[float]:
    """From the lowest mean after a quarter of the training to the best one, with room for bands."""
    place = places(courses, "epochs", (EARLY,))[0]
    early = [level_at(method, "epochs", place, courses).mean for method in courses.shown]
    lines = [one["y"] for one in data if one.get("mode") == "lines" and "line" in one and one["line"].get("color")]
    best = max(metric.gain(value) for line in lines for value in line if value is not None)
    found = [metric.plotted(value) for value in early if value is not None]
    ends = [*(value for value in found if value is not None), metric.gain(best)]
    room = max(max(ends) - min(ends), 1.0 if metric.is_share else 0.01)
    return [round(min(ends) - 0.15 * room, 4), round(max(ends) + 0.15 * room, 4)]


def _caption(courses: Courses) -> str:
    metric, seeds = courses.objective.measure, max(len(one.courses) for one in courses.shown)
    confirmed = f"the runs of the confirmation, {counted(seeds, 'seed')}"
    runs = confirmed if courses.confirmed else "the best trial of each method"
    bands = " Means over the seeds; bands: intervals of 95 % by Student's t." * (seeds > 1)
    usual = usual_value(courses)
    costed = [
        f"{one.name} {'never' if median.middle is None else f'{median.middle:,.0f}'}"
        for one in courses.shown
        for median in [method_to_reach(one, usual, metric)]
    ]
    few = method_to_reach(courses.shown[0], usual, metric)
    none = f" There is no interval of a median below {few.fewest} seeds." if few.count < few.fewest else ""
    return (
        f"Validation {metric.words} of {runs}, against epochs, gradient evaluations and seconds.{bands} Below on the "
        f"right: the gradient evaluations after which half of the runs have reached a value, up to the circle. For "
        f"{metric.shown(usual)}: {', '.join(costed)}.{none}"
    )
