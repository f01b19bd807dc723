"""The figure of an advice: each value of each setting that matters, with its interval."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.advice.evidence import SHARE
from rts_search.analysis.advice.marginals import Marginal
from rts_search.analysis.figures.figure import COLOURS, QUIET, Figure, layout

JUDGED = {"good": COLOURS[2], "open": COLOURS[0], "ruled out": COLOURS[1]}
SYMBOLS = {"good": "circle", "open": "circle-open", "ruled out": "x"}


def picture(found: Sequence[Marginal]) -> Figure | None:
    """How well trials with each value end; None where no setting matters."""
    if not found:
        return None
    points: dict[str, list[tuple[str, float, float, float]]] = {kind: [] for kind in JUDGED}
    labels = []
    for marginal in found:
        name = "switch / epochs" if marginal.feature.name == SHARE else marginal.feature.name.removeprefix("training.")
        for place, value in enumerate(marginal.feature.classes):
            kind = "ruled out" if marginal.ruled_out[place] else "good" if marginal.good[place] else "open"
            mean, low, high = (marginal.percentile(own[place]) for own in (marginal.mean, marginal.low, marginal.high))
            labels.append(f"{name}: {value}")
            points[kind].append((labels[-1], mean, low, high))
    data = [_dots(kind, rows) for kind, rows in points.items() if rows]
    height = 110 + 26 * len(labels)
    axes = layout("better than this share of all trials, %", "", height=height)
    axes["xaxis"]["range"] = [0, 100]
    axes["yaxis"] |= {"categoryorder": "array", "categoryarray": labels[::-1]}
    middle = {"type": "line", "x0": 50, "x1": 50, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": QUIET}}
    caption = (
        "How well trials with each value end on average beside the other settings that matter: the share of all trials "
        "of a sweep than which they end better, with intervals of 95 %. 50 % is the middle trial."
    )
    return Figure("What the settings do", caption, data, {**axes, "shapes": [middle]})


def _dots(kind: str, rows: Sequence[tuple[str, float, float, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind,
        "x": [mean for _, mean, _, _ in rows],
        "y": [label for label, _, _, _ in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - mean for _, mean, _, high in rows],
            "arrayminus": [mean - low for _, mean, low, _ in rows],
        },
        "marker": {"color": JUDGED[kind], "symbol": SYMBOLS[kind], "size": 9},
        "hovertemplate": "%{y}: better than %{x:.0f} %<extra></extra>",
    }
