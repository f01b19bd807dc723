"""Figure of the GPUs or CPUs that trials used over time."""

from datetime import UTC, datetime
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, Figure, layout
from rts_search.analysis.figures.sweep_view import SweepView

MOST_POINTS = 1000


def allocation(view: SweepView) -> Figure | None:
    """GPUs in use by trials over time, or CPUs where trials have no GPU."""
    turns = [turn for some in view.turns.values() for turn in some]
    if not turns:
        return None
    resources = view.sweep.resources
    what, each = ("GPUs", resources.gpus) if resources.gpus else ("CPUs", resources.cpus)
    changes: list[tuple[float, int]] = []
    for began, ended in turns:
        changes.append((began, 1))
        if ended is not None:
            changes.append((ended, -1))
    changes.sort()
    xs: list[str] = []
    ys: list[float] = []
    running = 0
    for moment, change in changes:
        running += change
        xs.append(datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds"))
        ys.append(running * each)
    step = max(1, len(xs) // MOST_POINTS)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs[::step],
            "y": ys[::step],
            "line": {"color": COLOURS[0], "shape": "hv"},
            "fill": "tozeroy",
            "hovertemplate": f"%{{y:g}} {what}<br>%{{x}}<extra></extra>",
        }
    ]
    caption = (
        f"{what} of the trials, {each:g} each, at most {max(ys):g} at a time. A trial counts while it has a worker; "
        "what an interruption has cut off is not drawn."
    )
    return Figure(f"{what} over time", caption, data, layout("time (UTC)", what))
