"""Figure of the tree of shared epochs: epochs that were trained once and belong to several trials."""

from typing import Any

from rts_search.analysis.figures.figure import COLOURS, QUIET, Figure, epochs_axis, layout
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.study.trials import TrialEntry

HEIGHT = 560
MOST_ROWS = 120
"""Largest number of trials that are drawn; those that come first in the tree."""
MOST_LABELS = 30
"""Largest number of rows of which each has its label; of more rows, every n-th has one."""


def tree(view: SweepView) -> Figure | None:
    """One row per trial; neighbours share the most epochs. Bold lines are epochs that the trial trained itself."""
    started = [entry for entry in view.entries if entry.epochs]
    if not started:
        return None
    users: dict[str, int] = {}
    for entry in started:
        for epoch in entry.epochs:
            users[epoch.key] = users.get(epoch.key, 0) + 1
    rows = sorted(started, key=lambda entry: _path(entry, users))[:MOST_ROWS]
    row_of: dict[str, int] = {}
    own: tuple[list[Any], list[Any]] = ([], [])
    taken: tuple[list[Any], list[Any]] = ([], [])
    branches: tuple[list[Any], list[Any]] = ([], [])
    for row, entry in enumerate(rows):
        for before, epoch in zip([None, *entry.epochs], entry.epochs, strict=False):
            lines = own if epoch.spent else taken
            lines[0].extend((epoch.epoch + 0.5, epoch.epoch + 1.5, None))
            lines[1].extend((row, row, None))
            if before is not None and epoch.key not in row_of and before.key in row_of and row_of[before.key] != row:
                branches[0].extend((epoch.epoch + 0.5, epoch.epoch + 0.5, None))
                branches[1].extend((row_of[before.key], row, None))
            row_of.setdefault(epoch.key, row)
    thick = max(1.5, min(6.0, 150 / len(rows)))
    kinds = (
        ("taken over from another trial", taken, {"color": QUIET, "width": round(0.6 * thick, 1)}),
        ("branches off", branches, {"color": QUIET, "width": 1, "dash": "dot"}),
        ("trained by the trial itself", own, {"color": COLOURS[2], "width": round(thick, 1)}),
    )
    data = [_lines(name, points, line) for name, points, line in kinds if points[0]]
    labelled = range(0, len(rows), -(-len(rows) // MOST_LABELS))
    axes = layout("epoch", "", height=HEIGHT)
    axes["xaxis"] |= {**epochs_axis(view.epochs), "range": [0.5, view.epochs + 0.5]}
    axes["yaxis"] |= {"tickvals": list(labelled), "ticktext": [view.label(rows[row]) for row in labelled]}
    axes["yaxis"] |= {"range": [len(rows) - 0.5, -0.5], "showgrid": False, "tickfont": {"size": 11}}
    charged = sum(entry.cost for entry in started)
    spent = sum(entry.spent for entry in started)
    shown = f" The first {len(rows)} of {len(started)} trials are drawn." if len(rows) < len(started) else ""
    caption = (
        f"{charged:,} gradient evaluations are charged to the trials, {spent:,} were computed: "
        f"{100 * (1 - spent / charged):.0f} % were saved by epochs that several trials share.{shown}"
    )
    return Figure("The tree of shared epochs", caption, data, axes)


def _path(entry: TrialEntry, users: dict[str, int]) -> list[tuple[int, str]]:
    """Sort key of a trial: its epochs from the root, the branch with more trials first."""
    return [(-users[epoch.key], epoch.key) for epoch in entry.epochs]


def _lines(name: str, points: tuple[list[Any], list[Any]], line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": points[0],
        "y": points[1],
        "line": line,
        "hoverinfo": "skip",
    }
