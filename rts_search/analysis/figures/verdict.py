"""Figure of a verdict: differences in test accuracy with their intervals."""

from typing import Any

from rts_search.analysis.figures.figure import COLOURS, NEUTRAL, Figure, layout
from rts_search.analysis.figures.sweep_view import SweepView
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS, Metric

LOOKS = {"better": (COLOURS[2], "triangle-right"), "worse": (COLOURS[1], "triangle-left")}
"""Colour and symbol of an established difference."""
OPEN = (NEUTRAL, "circle")


def verdict(view: SweepView) -> Figure | None:
    """Mean paired difference of every contender to every baseline, with the interval at the level of its test."""
    if view.verdict is None:
        return None
    told = [one for one in view.verdict["comparisons"] if one["low"] is not None]
    if not told:
        return None
    metric = METRICS[told[0].get("metric", DEFAULT_METRIC.name)]
    rows = [(f"trial {one['trial']} against {one['baseline']}", one) for one in told]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [metric.scale * one["difference"] for _, one in rows],
            "y": [name for name, _ in rows],
            "error_x": {
                "type": "data",
                "color": NEUTRAL,
                "symmetric": False,
                "array": [metric.scale * (one["high"] - one["difference"]) for _, one in rows],
                "arrayminus": [metric.scale * (one["difference"] - one["low"]) for _, one in rows],
            },
            "text": [
                f"{_outcome(one)}, {one['seeds']} seeds, {100 * one['level']:.4g} %, Holm p {one['holm_p']:.3f}"
                for _, one in rows
            ],
            "hovertemplate": f"%{{y}}: %{{x:+.{metric.digits}f}} {metric.unit}<br>%{{text}}<extra></extra>",
            "marker": {
                "size": 12,
                "color": [LOOKS.get(one["outcome"], OPEN)[0] for _, one in rows],
                "symbol": [LOOKS.get(one["outcome"], OPEN)[1] for _, one in rows],
            },
        }
    ]
    axes = layout(_axis(metric), "")
    axes["yaxis"] |= {"autorange": "reversed"}
    axes["shapes"] = [
        {
            "type": "line",
            "x0": 0,
            "x1": 0,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": NEUTRAL, "dash": "dot"},
        }
    ]
    return Figure("The verdict", view.verdict["sentence"], data, axes)


def _axis(metric: Metric) -> str:
    better = " (above 0: the trial has the smaller one)" if metric.falls else ""
    return f"difference in test {metric.words}, {'points' if metric.is_share else 'nats'}{better}"


def _outcome(one: dict[str, Any]) -> str:
    """The outcome, with the look that claimed it: the numbers beside it are those of the last look."""
    return f"{one['outcome']} (look {one['claim']['look']})" if one["claim"] else one["outcome"]
