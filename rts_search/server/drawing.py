"""Figures for pages: drawn when a sweep has changed, the dear ones less often."""

import threading
import time
from dataclasses import dataclass

from rts_search.figures import FIGURES, Figure, SweepView
from rts_search.server.catalogue import Catalogue

SHARE = 20.0
"""Drawing a figure takes at most one part in so many of the time."""


@dataclass(frozen=True)
class _Drawn:
    figure: Figure | None
    version: str
    at: float
    took: float


class Drawings:
    """The figures of all sweeps."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: dict[tuple[str, str], _Drawn] = {}
        self._lock = threading.Lock()

    def figure(self, name: str, key: str) -> Figure | None:
        """A figure of a sweep; None when there is nothing to draw yet. Raises: Problem when there is no such sweep."""
        snapshot = self._catalogue.snapshot(name)
        with self._lock:
            kept = self._kept.get((name, key))
            if kept is not None:
                recent = time.monotonic() - kept.at < SHARE * kept.took
                if kept.version == snapshot.version or recent:
                    return kept.figure
            began = time.monotonic()
            figure = FIGURES[key](SweepView.of(snapshot.study, snapshot.entries, snapshot.verdict))
            self._kept[name, key] = _Drawn(figure, snapshot.version, time.monotonic(), time.monotonic() - began)
            return figure
