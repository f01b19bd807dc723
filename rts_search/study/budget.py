"""Counts the cost of a sweep against its budget."""

import time
from dataclasses import dataclass, field
from typing import Any

from rts_search.sweep.sections import BudgetConfig

NOTE_SECONDS = 30.0
"""Shortest time between two notes of a sweep's time. A driver that is killed loses at most this much."""


@dataclass
class Meter:
    """The cost of a sweep over its launch and all its resumes."""

    budget: BudgetConfig
    gradient_evaluations: int = 0
    """Gradient evaluations that were computed, lost work included."""
    seconds: float = 0.0
    """Wall-clock time, in seconds."""
    gpu_seconds: float = 0.0
    """Time of each GPU that was given to a trial, in seconds."""
    _ticked: float = field(default_factory=time.monotonic)
    _noted: float = field(default_factory=time.monotonic)

    def tick(self, gpus: float) -> None:
        """Count the time since the last call, in which trials had so many GPUs."""
        now = time.monotonic()
        self.seconds += now - self._ticked
        self.gpu_seconds += gpus * (now - self._ticked)
        self._ticked = now

    def due(self) -> bool:
        """Whether the times should be written down now. True at most once in NOTE_SECONDS."""
        if time.monotonic() - self._noted < NOTE_SECONDS:
            return False
        self._noted = time.monotonic()
        return True

    def times(self) -> dict[str, Any]:
        """What is written down. Gradient evaluations are not: they are recorded with each epoch."""
        return {"seconds": self.seconds, "gpu_seconds": self.gpu_seconds}

    def exhausted(self) -> str | None:
        """The first limit that is used up, in words; None while no limit is."""
        used = {
            "gradient_evaluations": self.gradient_evaluations,
            "hours": self.seconds / 3600,
            "gpu_hours": self.gpu_seconds / 3600,
        }
        for name, amount in used.items():
            limit = getattr(self.budget, name)
            if limit is not None and amount >= limit:
                return f"{limit:,g} {name.replace('_', ' ')}" if name != "gpu_hours" else f"{limit:,g} GPU hours"
        return None
