"""Figures for pages: drawn when a sweep has changed, the dear ones less often."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from rts_search.figures import FIGURES, SweepView
from rts_search.server.catalogue import Catalogue

SHARE = 20.0
"""Drawing a figure takes at most one part in so many of the time."""


@dataclass(frozen=True)
class _Drawn:
    figure: bytes
    version: str
    at: float
    took: float


class Drawings:
    """The figures of all sweeps."""

    def __init__(self, catalogue: Catalogue) -> None:
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
                if kept.version == snapshot.version or recent:
                    return kept.figure
            began = time.monotonic()
            drawn = FIGURES[key](SweepView.of(snapshot.study, snapshot.entries, snapshot.current.verdict))
            figure = json.dumps(drawn and drawn.to_dict(), separators=(",", ":"), allow_nan=False).encode()
            self._kept[name, key] = _Drawn(figure, snapshot.version, time.monotonic(), time.monotonic() - began)
            return figure
