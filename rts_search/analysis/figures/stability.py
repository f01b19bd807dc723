"""Figure of stability: training loss and gradient norm over the epochs, with the spikes of the loss."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rts_search.analysis.courses.course import Course, Courses, Method, Values
from rts_search.analysis.figures.bands import band, rounded
from rts_search.analysis.figures.figure import COLOURS, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.stability.spikes import DEVIATIONS, WINDOW, spikes
from rts_search.basics.sizes import counted


def stability(view: SweepView) -> Figure | None:
    """Left the training loss of each method, right its gradient norm; None without the records of the runs."""
    return None if view.courses is None else drawn(view.courses)


def drawn(courses: Courses) -> Figure | None:
    """The figure of these runs; None where none has an epoch."""
    if not any(one.epochs for method in courses.shown for one in method.courses):
        return None
    data: list[dict[str, Any]] = []
    for place, method in enumerate(courses.shown):
        colour = COLOURS[place % len(COLOURS)]
        data += _curves(method, [one.train_loss for one in method.courses], "", colour, "loss")
        data += _curves(method, [_means(one) for one in method.courses], "2", colour, "gradient norm")
        data += _marks(method, colour)
    axes = layout("epoch", "training loss")
    ticks = epochs_axis(max(one.epochs for method in courses.shown for one in method.courses))
    axes["yaxis"] |= {"type": "log", "exponentformat": "power"}
    axes["yaxis2"] = {**axes["yaxis"], "title": {"text": "gradient norm"}, "anchor": "x2"}
    axes["xaxis2"] = {**axes["xaxis"], **ticks, "domain": [0.56, 1.0], "anchor": "y2"}
    axes["xaxis"] |= {**ticks, "domain": [0.0, 0.44]}
    return Figure("Stability", _caption(courses), data, axes)


def _means(course: Course) -> Values:
    return np.array([float(one.mean()) if len(one) else math.nan for one in course.norms])


def _curves(method: Method, found: Sequence[Values], side: str, colour: str, what: str) -> list[dict[str, Any]]:
    """The median over the runs of a method after each epoch, and the band from the smallest to the largest."""
    lengths = [len(one) for one in found]
    epochs = range(max(lengths))
    having = [[float(one[epoch]) for one in found if epoch < len(one)] for epoch in epochs]
    own = [(epoch + 1, [one for one in values if 0 < one < math.inf]) for epoch, values in enumerate(having)]
    told = [(epoch, values) for epoch, values in own if values]
    xs = [epoch for epoch, _ in told]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": method.name,
        "legendgroup": method.name,
        "showlegend": not side,
        "x": xs,
        "y": [rounded(float(np.median(values))) for _, values in told],
        "xaxis": f"x{side}",
        "yaxis": f"y{side}",
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"{method.name}: {what} %{{y:.3g}} in epoch %{{x}}<extra></extra>",
    }
    if len(found) < 2:
        return [line]
    ends = [rounded(min(values)) for _, values in told], [rounded(max(values)) for _, values in told]
    return [band(xs, *ends, colour, method.name, side, side), line]


def _marks(method: Method, colour: str) -> list[dict[str, Any]]:
    """The spikes of all runs, and the last epochs of those that diverged."""
    losses = [one.train_loss for one in method.courses]
    found = [(place + 1, float(one[place])) for one in losses for place in spikes(one) or ()]
    ends = [(one.epochs, float(one.train_loss[-1])) for one in method.courses if one.diverged and one.epochs]
    kinds = (("spike", "triangle-up", found), ("last epoch before it diverged", "x", ends))
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{method.name}: {words}",
            "legendgroup": method.name,
            "x": [epoch for epoch, _ in points],
            "y": [rounded(loss) if math.isfinite(loss) else None for _, loss in points],
            "marker": {"color": colour, "symbol": symbol, "size": 10, "line": {"color": "#444444", "width": 1}},
            "hovertemplate": f"{method.name}: {words}, loss %{{y:.3g}} in epoch %{{x}}<extra></extra>",
        }
        for words, symbol, points in kinds
        if points
    ]


def _caption(courses: Courses) -> str:
    seeds = max(len(one.courses) for one in courses.shown)
    of = "the runs of the confirmation" if courses.confirmed else "the best trial of each method"
    bands = f" Lines: the median over {counted(seeds, 'seed')}; bands: from the smallest to the largest." * (seeds > 1)
    spiked = sum(len(spikes(one.train_loss) or ()) for method in courses.shown for one in method.courses)
    marked = (
        f"Triangles: {counted(spiked, 'spike')} of the loss, more than {DEVIATIONS:g} robust deviations over the "
        f"median of the {WINDOW} epochs before."
        if spiked
        else "The loss has no spike."
    )
    gone = [f"{sum(one.diverged for one in method.courses)} of {method.name}" for method in courses.shown]
    lost = [words for words in gone if not words.startswith("0 ")]
    diverged = f" Diverged: {', '.join(lost)}." if lost else ""
    return (
        f"Training loss in nats and mean norm of the unperturbed gradient in each epoch of {of}, both on logarithmic "
        f"axes.{bands} {marked}{diverged}"
    )
