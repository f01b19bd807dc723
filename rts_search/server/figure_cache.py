"""Figures for pages: drawn when a sweep has changed, the dear ones less often."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.server.snapshots import Snapshots

SHARE = 20.0
"""Drawing a figure takes at most one part in so many of the time."""


@dataclass(frozen=True)
class _Drawn:
    figure: bytes
    version: str
    verdict: dict[str, Any] | None
    at: float
    took: float


class FigureCache:
    """The figures of all sweeps."""

    def __init__(self, catalogue: Snapshots) -> None:
        self._catalogue = catalogue
        self._kept: dict[tuple[str, str], _Drawn] = {}
        self._drawing: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    def figure(self, name: str, key: str) -> bytes:
        """A figure of a sweep as JSON, null when there is nothing to draw yet. Raises: Problem without such a sweep."""
        snapshot = self._catalogue.snapshot(name)
        with self._drawing[name, key]:
            kept = self._kept.get((name, key))
            if kept is not None:
                recent = time.monotonic() - kept.at < SHARE * kept.took
                same = kept.verdict == snapshot.current.verdict  # one that holds no more is shown to nobody
                if kept.version == snapshot.version or (recent and same):
                    return kept.figure
            began = time.monotonic()
            drawn = FIGURES[key](SweepView.of(snapshot.study, snapshot.entries, snapshot.current.verdict))
            figure = json.dumps(drawn and drawn.to_dict(), separators=(",", ":"), allow_nan=False).encode()
            now = time.monotonic()
            self._kept[name, key] = _Drawn(figure, snapshot.version, snapshot.current.verdict, now, now - began)
            return figure
