"""Figure of the objective against the cost of trials, with the Pareto front of the search."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, NEUTRAL, Figure, layout
from rts_search.analysis.figures.log_odds import log_odds
from rts_search.analysis.figures.scope import Scope, scope_of
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.figures.ties import described, grouped, numbered, size
from rts_search.analysis.pareto import search_front
from rts_search.basics.sizes import counted
from rts_search.study.trials import TrialEntry

MOST_POINTS = 1000
"""Largest number of completed trials that are drawn; the best ones."""
RING = 8
"""By so many pixels a ring of the front is larger than the marker in it."""


def cost(view: SweepView) -> Figure | None:
    """Accuracy against gradient evaluations of completed trials; rings mark those that no trial or baseline beats."""
    done = [entry for entry in view.baselines if entry.completed]
    if not view.completed and not done:
        return None
    metric, drawn = view.metric, view.completed[:MOST_POINTS]
    values = [_value(view, entry) for entry in (*drawn, *done)]
    scope = scope_of(values, metric)
    beaten_by_none = search_front(view.entries, view.objective)
    front = [entry for entry in drawn if entry.number in beaten_by_none]
    groups = (("completed trials", drawn, COLOURS[0], "circle"), ("baselines", done, COLOURS[1], "diamond"))
    data = [_points(view, name, own, look, scope) for name, own, *look in groups if own]
    data += [_front(view, front, drawn, scope)] if front else []
    best = f"the best {len(drawn):,} of " if len(drawn) < len(view.completed) else ""
    words = metric.words[0].upper() + metric.words[1:]
    caption = (
        f"{words} of the {view.objective.rule} epoch against the gradient evaluations of a whole trial: {best}"
        f"{counted(len(view.completed), 'completed trial')} and {counted(len(done), 'baseline')}. "
        f"A number in a marker counts trials that are equal in both. {_told(len(front))}{scope.told}"
    )
    axes = layout("gradient evaluations", metric.axis)
    axes["yaxis"] |= {"range": [scope.low, scope.high]}
    axes["meta"] = log_odds(metric, scope, values)
    return Figure(f"{words} against cost", caption, data, axes)


def _value(view: SweepView, entry: TrialEntry) -> float:
    return view.metric.plotted(entry.value(view.objective)) or 0.0


def _told(front: int) -> str:
    if front == 0:
        return "No trial is on the Pareto front: for each there is a baseline that is as good for less, or better."
    rings = f"{counted(front, 'trial')} with a ring {'is' if front == 1 else 'are'}"
    return f"{rings} on the Pareto front: no other trial and no baseline reaches as much for less."


def _points(
    view: SweepView, name: str, entries: Sequence[TrialEntry], look: Sequence[str], scope: Scope
) -> dict[str, Any]:
    """Trials or baselines, in one marker where they are equal; a triangle on the edge lies beyond it."""
    tied = grouped(entries, lambda entry: (entry.cost, _value(view, entry)))
    heights = [_height(view, value, scope) for _, value in tied]
    marks = numbered([len(group) for group in tied.values()])
    colour, symbol = look
    return {
        **marks,
        "type": "scatter",
        "name": name,
        "x": [x for x, _ in tied],
        "y": heights,
        "meta": {"values": [value for _, value in tied], "counts": [len(group) for group in tied.values()]},
        "hovertext": [
            f"{view.metric.shown(group[0].value(view.objective))} for {group[0].cost:,}<br>"
            + described([f"{view.label(entry)}: {view.described(entry)}" for entry in group])
            for group in tied.values()
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            **marks["marker"],
            "color": colour,
            "symbol": [
                symbol if height == value else "triangle-down" for height, (_, value) in zip(heights, tied, strict=True)
            ],
        },
        "cliponaxis": False,
    }


def _height(view: SweepView, value: float, scope: Scope) -> float:
    far = scope.edge is not None and view.metric.gain(value) < view.metric.gain(scope.edge)
    return scope.edge if far and scope.edge is not None else value


def _front(view: SweepView, front: Sequence[TrialEntry], drawn: Sequence[TrialEntry], scope: Scope) -> dict[str, Any]:
    """A ring around each place of the front, and the steps between them."""
    tied = grouped(drawn, lambda entry: (entry.cost, _value(view, entry)))
    places = sorted(grouped(front, lambda entry: (entry.cost, _value(view, entry))))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Pareto front",
        "x": [x for x, _ in places],
        "y": [_height(view, value, scope) for _, value in places],
        "line": {"color": NEUTRAL, "shape": "hv", "dash": "dot", "width": 1.5},
        "marker": {
            "symbol": "circle-open",
            "color": NEUTRAL,
            "size": [size(len(tied[place])) + RING for place in places],
            "line": {"width": 1.5},
        },
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
