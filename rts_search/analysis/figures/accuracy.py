"""Figures of the objective: over the epochs, and against what was spent."""

import math
from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, DASHES, NEUTRAL, QUIET, Figure, epochs_axis, layout, wrapped
from rts_search.analysis.figures.log_odds import log_odds
from rts_search.analysis.figures.scope import scope_of
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.basics.sizes import counted
from rts_search.study.trials import TrialEntry

MOST_QUIET = 150
"""Largest number of grey learning curves; every n-th trial is drawn."""


def curves(view: SweepView) -> Figure | None:
    """Learning curves: the best trials in colour, baselines dashed, other trials in grey."""
    started = [entry for entry in view.entries if entry.epochs]
    if not started:
        return None
    named = {entry.number for entry in (*view.top, *view.baselines)}
    others = [entry for entry in started if entry.number not in named]
    quiet = others[:: max(1, -(-len(others) // MOST_QUIET))]
    plotted = view.metric.plotted
    xs: list[int | None] = []
    ys: list[float | None] = []
    for entry in quiet:
        xs += [*(epoch.epoch + 1 for epoch in entry.epochs), None]
        ys += [*(plotted(getattr(epoch, view.metric.name)) for epoch in entry.epochs), None]
    data: list[dict[str, Any]] = []
    if quiet:
        name = f"{len(quiet)} of {len(others)} other trials" if len(quiet) < len(others) else "other trials"
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": xs,
                "y": ys,
                "name": name,
                "meta": {"parts": [view.label(entry) for entry in quiet]},
                "line": {"color": QUIET, "width": 1},
                "hoverinfo": "skip",
            }
        )
    for number, entry in enumerate(view.top):
        data.append(_curve(view, entry, {"color": COLOURS[number % len(COLOURS)], "width": 2}))
    for number, entry in enumerate(view.baselines):
        data.append(_curve(view, entry, {"color": NEUTRAL, "width": 2, "dash": DASHES[number % len(DASHES)]}))
    values = [value for line in data for value in line["y"] if value is not None]
    if not values:
        return None
    scope = scope_of(values, view.metric)
    first = next(iter(view.top), None)
    best = f" The best completed trial of the search is {first.number}: {_told(view, first)}." if first else ""
    what = f"Validation {view.metric.words} after every epoch of {counted(len(started), 'trial')}"
    caption = f"{what}, each trained on one seed.{best}{scope.told}"
    axes = layout("epoch", view.metric.axis)
    axes["xaxis"] |= epochs_axis(view.epochs)
    axes["yaxis"] |= {"range": [scope.low, scope.high]}
    axes["meta"] = log_odds(view.metric, scope, values)
    return Figure("Learning curves", caption, data, axes)


def progress(views: Sequence[SweepView]) -> Figure | None:
    """The best value of each sweep, all of one metric, against the gradient evaluations charged to its search."""
    data: list[dict[str, Any]] = []
    metric = views[0].metric
    for number, view in enumerate(views):
        best, xs, ys = -math.inf, [], []
        for charged, value in view.progress:
            if value is not None and metric.gain(value) > best:
                best = metric.gain(value)
                xs.append(charged)
                ys.append(metric.plotted(value))
        if xs:
            dash = ("solid", *DASHES)[number // len(COLOURS) % (1 + len(DASHES))]
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": view.name,
                    "x": [*xs, view.progress[-1][0]],
                    "y": [*ys, ys[-1]],
                    "line": {"color": COLOURS[number % len(COLOURS)], "shape": "hv", "width": 2, "dash": dash},
                    "hovertemplate": f"{view.name}: {metric.hover} after %{{x:,}}<extra></extra>",
                }
            )
    if not data:
        return None
    caption = (
        f"The {'lowest' if metric.falls else 'highest'} validation {metric.words} of all trials of the search that had "
        "ended when so many gradient evaluations were charged. An epoch that a trial took over from another one is "
        "charged as if it had trained it. "
        "Each trial has one seed: the best of many trials is partly luck, and more so with more trials."
    )
    axes = layout("gradient evaluations charged", metric.axis)
    return Figure(f"Best {metric.words} against charged cost", caption, data, axes)


def _curve(view: SweepView, entry: TrialEntry, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": view.label(entry),
        "x": [epoch.epoch + 1 for epoch in entry.epochs],
        "y": [view.metric.plotted(getattr(epoch, view.metric.name)) for epoch in entry.epochs],
        "text": [view.metric.shown(getattr(epoch, view.metric.name)) for epoch in entry.epochs],
        "line": line,
        "hovertemplate": "epoch %{x}: %{text}<br>"
        + wrapped(f"{view.label(entry)}: {view.described(entry)}")
        + "<extra></extra>",
    }


def _told(view: SweepView, entry: TrialEntry) -> str:
    return f"{view.metric.shown(entry.value(view.objective))}, {view.described(entry)}"
