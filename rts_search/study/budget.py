"""What a sweep has cost so far, against what it may cost."""

import time
from dataclasses import dataclass, field
from typing import Any

from rts_search.sweep.sections import BudgetConfig

NOTE_SECONDS = 30.0
"""How often the time that a sweep has taken is written down, at most; a driver that is killed forgets no more."""


@dataclass
class Meter:
    """Counts what a sweep costs, over all its drives."""

    budget: BudgetConfig
    gradient_evaluations: int = 0
    """Those that were really computed, in vain or not, by all that is known."""
    seconds: float = 0.0
    """Wall-clock time of all drives."""
    gpu_seconds: float = 0.0
    """GPUs that were given to trials, times how long."""
    _ticked: float = field(default_factory=time.monotonic)
    _noted: float = field(default_factory=time.monotonic)

    def tick(self, gpus: float) -> None:
        """Time has passed, in which trials had so many GPUs."""
        now = time.monotonic()
        self.seconds += now - self._ticked
        self.gpu_seconds += gpus * (now - self._ticked)
        self._ticked = now

    def due(self) -> bool:
        """Whether the times should be written down now."""
        if time.monotonic() - self._noted < NOTE_SECONDS:
            return False
        self._noted = time.monotonic()
        return True

    def times(self) -> dict[str, Any]:
        """What is written down; gradient evaluations stand with the epochs."""
        return {"seconds": self.seconds, "gpu_seconds": self.gpu_seconds}

    def exhausted(self) -> str | None:
        """What has been used up, in words; None while there is something left of everything."""
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
