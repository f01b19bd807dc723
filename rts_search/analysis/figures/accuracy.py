"""Figures of the objective: over the epochs, against the cost of trials, and against what was spent."""

import math
from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, DASHES, QUIET, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.pareto import search_front
from rts_search.basics.sizes import counted
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from trainables.core.settings.metrics import Metric

MOST_POINTS = 1000
"""Largest number of completed trials in the figure of accuracy against cost; the best ones are drawn."""
MOST_QUIET = 150
"""Largest number of grey learning curves; every n-th trial is drawn."""


def curves(view: SweepView) -> Figure | None:
    """Learning curves: the best trials in colour, baselines dashed, other trials in grey."""
    started = [entry for entry in view.entries if entry.epochs]
    if not started:
        return None
    top = {entry.number for entry in view.top}
    others = [entry for entry in started if entry.number not in top and entry.arm == RTS]
    quiet = others[:: max(1, -(-len(others) // MOST_QUIET))]
    plotted = view.metric.plotted
    xs: list[int | None] = []
    ys: list[float | None] = []
    for entry in quiet:
        xs += [*(epoch.epoch + 1 for epoch in entry.epochs), None]
        ys += [*(plotted(getattr(epoch, view.metric.name)) for epoch in entry.epochs), None]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs,
            "y": ys,
            "name": f"{len(quiet)} of {len(others)} other trials" if len(quiet) < len(others) else "other trials",
            "line": {"color": QUIET, "width": 1},
            "hoverinfo": "skip",
        }
    ]
    for number, entry in enumerate(view.top):
        data.append(_curve(view, entry, {"color": COLOURS[number % len(COLOURS)], "width": 2}))
    for number, entry in enumerate(view.baselines):
        data.append(_curve(view, entry, {"color": "#888888", "width": 2, "dash": DASHES[number % len(DASHES)]}))
    best = f" The best completed trial is {view.top[0].number}: {_told(view, view.top[0])}." if view.top else ""
    what = f"Validation {view.metric.words} after every epoch of {len(started)} trials"
    caption = f"{what}, each trained on one seed.{best}"
    axes = layout("epoch", view.metric.axis)
    axes["xaxis"] |= epochs_axis(view.epochs)
    return Figure("Learning curves", caption, data, axes)


def cost(view: SweepView) -> Figure | None:
    """Accuracy against gradient evaluations of completed trials, with the front of the search."""
    if not view.completed and not view.baselines:
        return None
    beaten_by_none = search_front(view.entries, view.objective)
    front = sorted((e.cost, e.gain(view.objective)) for e in view.completed if e.number in beaten_by_none)
    metric = view.metric
    done = [entry for entry in view.baselines if entry.completed]
    drawn = view.completed[:MOST_POINTS]
    groups = [("completed trials", drawn, COLOURS[0], "circle"), ("baselines", done, COLOURS[1], "diamond")]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [entry.cost for entry in entries],
            "y": [metric.plotted(entry.value(view.objective)) for entry in entries],
            "text": [f"{view.label(entry)}: {view.described(entry)}" for entry in entries],
            "hovertemplate": f"%{{text}}<br>{metric.hover} for %{{x:,}}<extra></extra>",
            "marker": {"color": colour, "symbol": symbol, "size": 9},
        }
        for name, entries, colour, symbol in groups
        if entries
    ]
    if front:
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Pareto front",
                "x": [cost for cost, _ in front],
                "y": [metric.plotted(metric.gain(gain)) for _, gain in front],
                "line": {"color": COLOURS[0], "shape": "hv", "dash": "dot"},
                "hoverinfo": "skip",
            }
        )
    best = f"the best {len(drawn):,} of " if len(drawn) < len(view.completed) else ""
    caption = (
        f"{_first(metric)} of the {view.objective.rule} epoch against the gradient evaluations of a whole trial: {best}"
        f"{counted(len(view.completed), 'completed trial')} and {counted(len(done), 'baseline')}. The Pareto front has "
        f"{counted(len(front), 'point')}."
    )
    axes = layout("gradient evaluations", metric.axis)
    return Figure(f"{_first(metric)} against cost", caption, data, axes)


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
    axes = layout("gradient evaluations charged", f"best {metric.axis}")
    return Figure(f"Best {metric.words} against charged cost", caption, data, axes)


def _curve(view: SweepView, entry: TrialEntry, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": view.label(entry),
        "x": [epoch.epoch + 1 for epoch in entry.epochs],
        "y": [view.metric.plotted(getattr(epoch, view.metric.name)) for epoch in entry.epochs],
        "line": line,
        "hovertemplate": f"{view.label(entry)}: {view.described(entry)}<br>"
        f"epoch %{{x}}: {view.metric.hover}<extra></extra>",
    }


def _told(view: SweepView, entry: TrialEntry) -> str:
    return f"{view.metric.shown(entry.value(view.objective))}, {view.described(entry)}"


def _first(metric: Metric) -> str:
    """The metric's words at the beginning of a sentence."""
    return metric.words[0].upper() + metric.words[1:]
