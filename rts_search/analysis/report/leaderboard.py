"""The leaderboard of a report: the best completed trials and the baselines, ranked together."""

from rts_search.analysis.report.board import Board, Leader
from rts_search.sweep.baselines import RTS

SHOWN = 20
"""Largest number of trials on it; the best of every baseline is shown besides."""


def leaders(board: Board) -> list[Leader]:
    """The rows, the best first."""
    seen = set[str]()
    shown = []
    for place, entry in enumerate(board.ranking):
        if place < SHOWN or (entry.arm != RTS and entry.arm not in seen):
            shown.append(entry)
        seen.add(entry.arm)
    return board.rows(shown)
