"""Figure of the GPUs or CPUs that trials used over time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rts_search.analysis.figures.figure import COLOURS, Figure, layout
from rts_search.analysis.figures.sweep_view import SweepView

PARTS = 400
"""Number of equal parts of the time; each shows the most that was in use in it."""
MOST_TICKS = 16
"""Up to so many GPUs or CPUs, the axis has a tick for each."""


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
    moments, running = _most(changes)
    xs = [datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds") for moment in moments]
    ys = [each * count for count in running]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs,
            "y": ys,
            "line": {"color": COLOURS[0], "shape": "hv", "width": 1},
            "fill": "tozeroy",
            "hovertemplate": f"%{{y:g}} {what}<br>%{{x}}<extra></extra>",
        }
    ]
    caption = (
        f"{what} of the trials, {each:g} each, at most {max(ys):g} at a time. A trial counts while it has a worker; "
        "what an interruption has cut off is not drawn."
    )
    axes = layout("time (UTC)", what)
    axes["yaxis"] |= {"rangemode": "tozero", **({"dtick": 1} if max(ys) <= MOST_TICKS else {})}
    return Figure(f"{what} over time", caption, data, axes)


def _most(changes: Sequence[tuple[float, int]]) -> tuple[list[float], list[int]]:
    """The begin of each part of the time in which something changes, and the most that were at work in it.

    The moment between the end of a trial and the begin of the next one is no gap: it is shorter than a part.

    Args:
        changes: moment, and 1 for a begin or -1 for an end, by time.
    """
    begin, end = changes[0][0], changes[-1][0]
    width = (end - begin) / PARTS or 1.0
    most: dict[int, int] = {}
    after: dict[int, int] = {}
    running = 0
    for moment, change in changes:
        part = int((moment - begin) / width)
        most[part] = max(most.get(part, running), running + change)
        running += change
        after[part] = running
    levels = {part + 1: level for part, level in after.items()} | most
    return [begin + part * width for part in sorted(levels)], [levels[part] for part in sorted(levels)]
