"""The figures of all sweeps as JSON, drawn again when a sweep has changed, and kept compressed."""

import json

from starlette.responses import Response

from rts_search.analysis.figures import FIGURES, OF_COURSES, SweepView
from rts_search.server.kept_answers import KeptAnswer
from rts_search.server.paced_cache import PacedCache
from rts_search.server.snapshots import Snapshot, Snapshots
from rts_search.study.landscape_record import read_landscape

PAUSE = 20.0
"""A figure that took t seconds to draw is shown for 20 * t seconds, even when its sweep changes."""
MOST_BYTES = 64 * 1024 * 1024
"""All figures together, compressed; those that were drawn last are kept."""


class FigureCache:
    """The figures of all sweeps."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._drawn: PacedCache[tuple[str, str], KeptAnswer] = PacedCache(PAUSE, MOST_BYTES, _size)

    def figure(self, sweep: str, figure: str) -> KeptAnswer:
        """A figure of a sweep as JSON, `null` when there is nothing to draw yet.

        A change of the verdict is drawn at once, so that no figure shows a verdict that no longer holds. So is a new
        measurement of the landscape, which is no part of the study.

        Raises: Problem: there is no such sweep.
        """
        snapshot = self._snapshots.get(sweep)
        urgent = _written(snapshot) if figure == "landscape" else snapshot.current.verdict
        return self._drawn.get((sweep, figure), snapshot.version, lambda: self._draw(snapshot, figure), urgent=urgent)

    def _draw(self, snapshot: Snapshot, figure: str) -> KeptAnswer:
        measured = read_landscape(snapshot.paths.landscape_json) if figure == "landscape" else None
        courses = self._snapshots.courses(snapshot) if figure in OF_COURSES else None
        verdict = snapshot.current.verdict
        drawn = FIGURES[figure](SweepView.of(snapshot.study, snapshot.entries, verdict, measured, courses))
        text = json.dumps(drawn and drawn.to_dict(), separators=(",", ":"), allow_nan=False)
        return KeptAnswer.of(Response(text, media_type="application/json"), snapshot.version)


def _size(figure: KeptAnswer) -> int:
    return len(figure.body)


def _written(snapshot: Snapshot) -> int:
    """When the landscape of a sweep was written last, in ns; 0 without one."""
    try:
        return snapshot.paths.landscape_json.stat().st_mtime_ns
    except OSError:
        return 0
