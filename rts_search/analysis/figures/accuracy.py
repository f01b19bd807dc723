"""Figures of validation accuracy: over the epochs, against the cost of trials, and against what was spent."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, DASHES, QUIET, Figure, epochs_axis, layout, percent
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.pareto import pareto_front
from rts_search.basics.sizes import counted
from rts_search.study.trials import TrialEntry

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
    others = [entry for entry in started if entry.number not in top and not entry.baseline]
    quiet = others[:: max(1, -(-len(others) // MOST_QUIET))]
    xs: list[int | None] = []
    ys: list[float | None] = []
    for entry in quiet:
        xs += [*(epoch.epoch + 1 for epoch in entry.epochs), None]
        ys += [*(percent(epoch.val_acc) for epoch in entry.epochs), None]
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
    caption = f"Validation accuracy after every epoch of {len(started)} trials, each trained on one seed.{best}"
    axes = layout("epoch", "val_acc in %")
    axes["xaxis"] |= epochs_axis(view.sweep.training.epochs)
    return Figure("Learning curves", caption, data, axes)


def cost(view: SweepView) -> Figure | None:
    """Accuracy against gradient evaluations of completed trials, with the Pareto front of the search."""
    if not view.completed and not view.baselines:
        return None
    points = {e.number: (e.val_acc(view.rule) or 0.0, e.cost) for e in view.completed}
    front = sorted((points[number][1], points[number][0]) for number in pareto_front(points))
    done = [entry for entry in view.baselines if entry.completed]
    drawn = view.completed[:MOST_POINTS]
    groups = [("completed trials", drawn, COLOURS[0], "circle"), ("baselines", done, COLOURS[1], "diamond")]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [entry.cost for entry in entries],
            "y": [percent(entry.val_acc(view.rule)) for entry in entries],
            "text": [f"{view.label(entry)}: {view.described(entry)}" for entry in entries],
            "hovertemplate": "%{text}<br>%{y:.2f} % for %{x:,}<extra></extra>",
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
                "y": [percent(val_acc) for _, val_acc in front],
                "line": {"color": COLOURS[0], "shape": "hv", "dash": "dot"},
                "hoverinfo": "skip",
            }
        )
    best = f"the best {len(drawn):,} of " if len(drawn) < len(view.completed) else ""
    caption = (
        f"Accuracy of the {view.rule} epoch against the gradient evaluations of a whole trial: {best}"
        f"{counted(len(view.completed), 'completed trial')} and {counted(len(done), 'baseline')}. The Pareto front has "
        f"{counted(len(front), 'point')}."
    )
    axes = layout("gradient evaluations", "val_acc in %")
    return Figure("Accuracy against cost", caption, data, axes)


def progress(views: Sequence[SweepView]) -> Figure | None:
    """The best accuracy of each sweep against the gradient evaluations that it had spent."""
    data: list[dict[str, Any]] = []
    for number, view in enumerate(views):
        best, xs, ys = 0.0, [], []
        for spent, val_acc in view.progress:
            if val_acc is not None and val_acc > best:
                best = val_acc
                xs.append(spent)
                ys.append(percent(val_acc))
        if xs:
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": view.name,
                    "x": [*xs, view.progress[-1][0]],
                    "y": [*ys, ys[-1]],
                    "line": {"color": COLOURS[number % len(COLOURS)], "shape": "hv", "width": 2},
                    "hovertemplate": f"{view.name}: %{{y:.2f}} % after %{{x:,}}<extra></extra>",
                }
            )
    if not data:
        return None
    caption = (
        "The highest validation accuracy of all trials that had ended when so many gradient evaluations were spent. "
        "Each trial has one seed: the best of many trials is partly luck, and more so with more trials."
    )
    axes = layout("gradient evaluations spent", "val_acc in %")
    return Figure("Accuracy against what was spent", caption, data, axes)


def _curve(view: SweepView, entry: TrialEntry, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": view.label(entry),
        "x": [epoch.epoch + 1 for epoch in entry.epochs],
        "y": [percent(epoch.val_acc) for epoch in entry.epochs],
        "line": line,
        "hovertemplate": f"{view.label(entry)}: {view.described(entry)}<br>epoch %{{x}}: %{{y:.2f}} %<extra></extra>",
    }


def _told(view: SweepView, entry: TrialEntry) -> str:
    return f"{100 * (entry.val_acc(view.rule) or 0.0):.2f} %, {view.described(entry)}"
