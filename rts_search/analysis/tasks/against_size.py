"""Figure of accuracy against parameters and multiply-adds: each data set a row, each method a line over its models."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.analysis.figures.figure import COLOURS, Figure, layout
from rts_search.analysis.tasks.cells import Cell
from rts_search.basics.sizes import counted
from rts_search.sweep.baselines import RTS

if TYPE_CHECKING:
    from rts_search.analysis.tasks.sizes import Counted

AXES = {"parameters": "parameters", "multiply_adds": "multiply-adds of an image"}
"""What a model's size is, from the left to the right -> title of the axis."""
ROW, GAP = 340, 130
"""Height of a row and of what is between two rows, in CSS pixels."""
ROOM = 0.12
"""Room beside the smallest and the largest model, in powers of ten."""
WIDE = 1.2
"""From so many powers of ten on, only these have labels."""


def against_size(cells: Sequence[Cell], sizes: Sequence[Mapping[str, "Counted"]]) -> Figure | None:
    """Draw the means over seeds with their standard deviations. None where the size of no model is known.

    sizes: of each cell, by method.
    """
    datasets = list(dict.fromkeys(cell.dataset for cell in cells))
    methods = list(dict.fromkeys([RTS, *(name for cell in cells for name in cell.samples)]))
    data: list[dict[str, Any]] = []
    for row, dataset in enumerate(datasets):
        of_row = [(cell, found) for cell, found in zip(cells, sizes, strict=True) if cell.dataset == dataset]
        for column, kind in enumerate(AXES):
            number = len(AXES) * row + column + 1
            for place, method in enumerate(methods):
                points = sorted(point for cell, found in of_row for point in _points(cell, found, method, kind))
                if points:
                    data.append(_line(cells[0], method, points, place, number))
    if not data:
        return None
    for trace in data:  # a method has one entry in the legend
        trace["showlegend"] = next(one for one in data if one["name"] == trace["name"]) is trace
    metric = cells[0].metric
    title = f"{metric.words[0].upper()}{metric.words[1:]} against size"
    return Figure(title, _caption(cells, sizes), data, _layout(cells, datasets, data))


Point = tuple[int, str, float, float | None]
"""Size, model, mean, and standard deviation over seeds."""


def _points(cell: Cell, found: Mapping[str, "Counted"], method: str, kind: str) -> list[Point]:
    """The point of a method in a cell; none where it has no size or no run that did not diverge."""
    values = _values(cell, method)
    told = cell.metric.gain(1.0) * values[~np.isnan(values)]
    size = found[method].size if method in found else None
    if size is None or not len(told):
        return []
    spread = float(told.std(ddof=1)) if len(told) > 1 else None
    return [(getattr(size, kind), cell.model, float(told.mean()), spread)]


def _values(cell: Cell, method: str) -> Accuracies:
    """The test values of a method; those of rts are the runs of its comparison with the most seeds."""
    if method != RTS:
        return cell.samples[method].baseline if method in cell.samples else np.array([])
    samples: list[Sample] = sorted(cell.samples.values(), key=lambda sample: -len(sample.contender))
    return samples[0].contender if samples else np.array([])


def _line(cell: Cell, method: str, points: Sequence[Point], place: int, number: int) -> dict[str, Any]:
    metric, colour = cell.metric, COLOURS[place % len(COLOURS)]
    symbols = ("circle", "diamond", "square", "triangle-up", "cross", "star")
    spreads = [metric.plotted(spread) or 0.0 for *_, spread in points]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": method,
        "legendgroup": method,
        "x": [size for size, *_ in points],
        "y": [metric.plotted(mean) for _, _, mean, _ in points],
        "error_y": {"type": "data", "array": spreads, "color": colour, "thickness": 1, "width": 3},
        "text": [model for _, model, *_ in points],
        "xaxis": _axis("x", number),
        "yaxis": _axis("y", number),
        "line": {"color": colour, "width": 2},
        "marker": {"symbol": symbols[place % len(symbols)], "size": 8},
        "hovertemplate": f"%{{text}}, {method}: {metric.hover}, %{{x:,}}<extra></extra>",
    }


def _axis(name: str, number: int) -> str:
    """Plotly's name of an axis: the first has no number."""
    return name if number == 1 else f"{name}{number}"


def _layout(cells: Sequence[Cell], datasets: Sequence[str], data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    rows, metric = len(datasets), cells[0].metric
    height = rows * ROW + (rows - 1) * GAP
    unit = "%" if metric.is_share else "nats"
    found = layout("", "", height=height + 110, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    x, y = found.pop("xaxis"), found.pop("yaxis")
    found["margin"] |= {"t": 50}
    found["annotations"] = []
    for row, dataset in enumerate(datasets):
        top = 1.0 - row * (ROW + GAP) / height
        for column, title in enumerate(AXES.values()):
            number = len(AXES) * row + column + 1
            traces = [trace for trace in data if trace["xaxis"] == _axis("x", number)]
            x_title = {"text": title}
            domain = [0.0, 0.46] if column == 0 else [0.54, 1.0]
            found[_axis("xaxis", number)] = {
                **x,
                "title": x_title,
                "domain": domain,
                "anchor": _axis("y", number),
                **_log(traces),
            }
            y_title = {"text": f"{dataset}: {metric.test} in {unit}" if column == 0 else ""}
            found[_axis("yaxis", number)] = {
                **{**y, "title": y_title, "domain": [max(0.0, top - ROW / height), top], "anchor": _axis("x", number)},
                **({"matches": _axis("y", number - column)} if column else {}),
            }
            found["annotations"] += _names(traces, number)
    return found


def _log(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A logarithmic axis with room for its points."""
    sizes = [np.log10(size) for trace in traces for size in trace["x"]]
    low, high = (min(sizes) - ROOM, max(sizes) + ROOM) if sizes else (0.0, 1.0)
    ends = [round(float(end), 4) for end in (low, high)]
    return {"type": "log", "range": ends, "tickformat": "~s", "dtick": 1 if high - low > WIDE else "D2"}


def _names(traces: Sequence[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The name of each model at its size, upright at the bottom."""
    named = {(x, model) for trace in traces[:1] for x, model in zip(trace["x"], trace["text"], strict=True)}
    look = {"showarrow": False, "textangle": -90, "xanchor": "right", "yanchor": "bottom", "font": {"size": 11}}
    at = {"xref": _axis("x", number), "yref": f"{_axis('y', number)} domain", "y": 0.02}
    return [{"x": round(float(np.log10(x)), 4), "text": model, **at, **look} for x, model in sorted(named)]


def _caption(cells: Sequence[Cell], sizes: Sequence[Mapping[str, "Counted"]]) -> str:
    metric = cells[0].metric
    missing = [
        f"{cell.sweep} ({found[RTS].refusal})"
        for cell, found in zip(cells, sizes, strict=True)
        if RTS in found and found[RTS].size is None
    ]
    left_out = f" Not drawn: {'; '.join(missing)}." if missing else ""
    return (
        f"{metric.words[0].upper()}{metric.words[1:]} on the test part against the size of the model, for "
        f"{counted(len(cells), 'task')}: mean and standard deviation over the seeds of each confirmation. Sizes are "
        "counted as by `rts-search models` and drawn on logarithmic axes. The table says which differences are "
        f"established.{left_out}"
    )
