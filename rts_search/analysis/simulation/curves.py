"""Learning curves of complete runs, on which sweeps are simulated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Curves:
    """Complete runs with the same number of epochs."""

    name: str
    runs: tuple[str, ...]
    groups: tuple[str, ...]
    """Kind of each run: shapes of radius and scale, and switch rule."""
    settings: pd.DataFrame
    """Settings that differ between runs, one row per run; missing where a run does not have the setting."""
    costs: NDArray[np.int64]
    """Gradient evaluations up to each epoch, (runs, epochs)."""
    values: NDArray[np.float64]
    """The objective after each epoch, (runs, epochs): in percent, or the negative of a loss, so that more is better."""
    full_cost: int
    """Gradient evaluations of a run of PUGD from the first epoch."""

    @property
    def epochs(self) -> int:
        """Epochs of each run."""
        return len(self.values[0])

    def final(self, rule: str) -> NDArray[np.float64]:
        """Final value of each run, by the rule `last` or `best` epoch."""
        found: NDArray[np.float64] = self.values.max(axis=1) if rule == "best" else self.values[:, -1]
        return found

    def of(self, chosen: list[int]) -> "Curves":
        """The curves of these runs only."""
        return Curves(
            self.name,
            tuple(self.runs[run] for run in chosen),
            tuple(self.groups[run] for run in chosen),
            self.settings.iloc[chosen].reset_index(drop=True),
            self.costs[chosen],
            self.values[chosen],
            self.full_cost,
        )
