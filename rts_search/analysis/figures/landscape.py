"""Figure of the landscape: the loss on a line through the weights of each method, and on a plane around them."""

import math
from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, Figure, layout
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.basics.sizes import counted
from rts_search.study.landscape_record import Landscape, MeasuredRun

HEIGHT = 760
LEAST = 1e-8
"""Smaller losses are drawn as this one, since the axis is logarithmic."""
GAP = 0.04
"""Between two planes, as a share of the width."""
CONTOURS = 16
"""Number of steps in which the loss is drawn on all planes."""
CURVES_FROM = 0.56
"""Where the curves begin above the planes, as a share of the height."""
LINE = "distance from the weights, in lengths of the direction"


def landscape(view: SweepView) -> Figure | None:
    """The landscape of a sweep, once `rts-search landscape` has measured a part of it."""
    return None if view.landscape is None else drawn(view.landscape)


def drawn(found: Landscape) -> Figure | None:
    """The figure of a landscape; None as long as nothing that it shows has been measured."""
    lines = [run for run in found.runs if "curve" in run.measured]
    planes = [run for run in found.runs if "plane" in run.measured]
    if not lines and not planes:
        return None
    methods = list(dict.fromkeys(run.method for run in found.runs))
    data = [_line(run, methods, first=_first(run, lines)) for run in lines]
    axes = layout(LINE, "loss", height=HEIGHT)
    axes["yaxis"] |= {"type": "log", "domain": [CURVES_FROM, 1.0] if planes else [0.0, 1.0]}
    axes["xaxis"] |= {"anchor": "y"}
    if planes:
        _add_planes(planes, data, axes)
    one = found.settings
    what = f"Cross-entropy of {one['images']:,} {one['part']} images around the weights of {_told(found.runs)}"
    below = " Below: the same on a plane of two directions, in one colour scale." if planes else ""
    caption = (
        f"{what}, along a random direction in which each filter has the norm of the weights' filter. All methods have "
        f"the same random numbers (seed {one['seed']}), and the loss is drawn on a logarithmic axis.{below}"
    )
    return Figure("Landscape", caption, data, axes)


def _told(runs: Sequence[MeasuredRun]) -> str:
    methods = dict.fromkeys(run.method for run in runs)
    seeds = max(sum(run.method == method for run in runs) for method in methods)
    return f"{', '.join(methods)} on {counted(seeds, 'seed')}"


def _first(run: MeasuredRun, runs: Sequence[MeasuredRun]) -> bool:
    return next(one for one in runs if one.method == run.method) is run


def _line(run: MeasuredRun, methods: Sequence[str], first: bool) -> dict[str, Any]:
    curve = run.measured["curve"]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": run.method,
        "legendgroup": run.method,
        "showlegend": first,
        "x": [_rounded(at) for at in curve["at"]],
        "y": [None if loss is None else _rounded(max(loss, LEAST)) for loss in curve["loss"]],
        "line": {"color": COLOURS[methods.index(run.method) % len(COLOURS)], "width": 2 if first else 1},
        "marker": {"size": 4},
        "hovertemplate": f"{run.name}<br>loss %{{y:.4g}} at %{{x:.3g}}<extra></extra>",
    }


def _add_planes(runs: Sequence[MeasuredRun], data: list[dict[str, Any]], axes: dict[str, Any]) -> None:
    """Add the contours of each run to the data, side by side, and their axes to the layout."""
    width = (1.0 + GAP) / len(runs) - GAP
    shown = []
    for place, run in enumerate(runs):
        number, left = place + 2, place * (width + GAP)
        plane = run.measured["plane"]
        heights = [[None if loss is None else _log(loss) for loss in row] for row in plane["loss"]]
        shown += [height for row in heights for height in row if height is not None]
        at = [_rounded(one) for one in plane["at"]]
        data.append(
            {
                "type": "contour",
                "name": run.method,
                "x": at,
                "y": at,
                "z": heights,
                "text": [[_words(loss) for loss in row] for row in plane["loss"]],
                "hovertemplate": f"{run.name}<br>loss %{{text}} at (%{{x:.3g}}, %{{y:.3g}})<extra></extra>",
                "coloraxis": "coloraxis",
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "autocontour": False,
            }
        )
        axis = {**axes["xaxis"], "title": {"text": run.method}, "domain": [left, left + width], "anchor": f"y{number}"}
        side = {key: value for key, value in axes["yaxis"].items() if key != "type"}
        axes[f"xaxis{number}"] = axis
        axes[f"yaxis{number}"] = {
            **side,
            "title": {"text": "" if place else "second direction"},
            "domain": [0.0, CURVES_FROM - 0.16],
            "anchor": f"x{number}",
            "showticklabels": not place,
        }
    low, high = (min(shown), max(shown)) if shown else (0.0, 1.0)
    for one in data:
        if one["type"] == "contour":
            one["contours"] = {"start": low, "end": high, "size": round(max(high - low, 1e-3) / CONTOURS, 5)}
    ticks = [low + (high - low) * share / 4 for share in range(5)]
    axes["coloraxis"] = {
        "cmin": low,
        "cmax": high,
        "colorscale": "Viridis",
        "colorbar": {
            "title": {"text": "loss"},
            "len": CURVES_FROM - 0.16,
            "y": 0.0,
            "yanchor": "bottom",
            "tickvals": ticks,
            "ticktext": [f"{10**tick:.2g}" for tick in ticks],
        },
    }


def _words(loss: float | None) -> str:
    return "not finite" if loss is None else f"{loss:.4g}"


def _log(loss: float) -> float:
    return round(math.log10(max(loss, LEAST)), 5)


def _rounded(value: float) -> float:
    """With six digits: rounding in the computation must not change what a picture is said to show."""
    return float(f"{value:.6g}")
