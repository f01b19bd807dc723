"""Whether RTS is more than the sum of its parts: the interaction of radius, timing and scale."""

import math
from dataclasses import dataclass

import numpy as np

from rts_search.analysis.confirmation.statistics import interval
from rts_search.analysis.tasks.cells import Cell
from trainables.core.settings.metrics import Metric

PARTS = {"r": "radius", "t": "timing", "s": "scale"}
"""Rival that searches one part of RTS alone -> the part."""
NEEDED = ("pugd", *PARTS)
"""The rivals that must be among those of a task."""
LEVEL = 0.95


@dataclass(frozen=True)
class Interaction:
    """By how much the gain of RTS over pugd is larger than the gains of its three parts together."""

    gain: float
    """Mean gain of RTS over pugd."""
    parts: dict[str, float]
    """Mean gain of each part over pugd."""
    mean: float
    """Mean of RTS - pugd - (r - pugd) - (t - pugd) - (s - pugd), seed by seed."""
    low: float
    """Ends of its interval at LEVEL, by Student's t over the seeds. The luck of tuning widens it."""
    high: float
    seeds: int

    @property
    def answer(self) -> str:
        """more, less, or not established."""
        return "more" if self.low > 0 else "less" if self.high < 0 else "not established"

    def sentences(self, metric: Metric) -> str:
        """The answer in words, and the gains on which it stands. metric: of the task, for its unit."""
        told = {
            "more": "RTS is more than the sum of its parts",
            "less": "RTS is less than the sum of its parts",
            "not established": "It is not established whether RTS is more or less than the sum of its parts",
        }[self.answer]
        rts, together, mean, low, high = (
            metric.amount(value, sign=True)
            for value in (self.gain, sum(self.parts.values()), self.mean, self.low, self.high)
        )
        parts = [f"{PARTS[name]} alone {metric.amount(gain, sign=True)}" for name, gain in self.parts.items()]
        return (
            f"{told}. Gains over PUGD in {metric.unit}: RTS {rts}, {', '.join(parts)}, the three parts together "
            f"{together}. RTS minus this sum is {mean} ({100 * LEVEL:.0f} % interval {low} to {high}, "
            f"{self.seeds} seeds)."
        )


def interaction_of(cell: Cell) -> Interaction | None:
    """The interaction in a task; None where a part is no rival, or a run diverged or is missing."""
    if not set(NEEDED) <= set(cell.samples):
        return None
    samples = {name: cell.samples[name] for name in NEEDED}
    rts = samples["pugd"].contender
    if len(rts) < 2 or not all(sample.complete and len(sample.contender) == len(rts) for sample in samples.values()):
        return None
    pugd = samples["pugd"].baseline
    gains = {name: samples[name].baseline - pugd for name in PARTS}
    differences = rts - pugd - sum(gains.values())
    if not np.isfinite(differences).all():
        return None
    # Each pair's luck holds that of RTS, too: so this is no less than the luck of the whole.
    luck = math.hypot(2.0 * samples["pugd"].luck, *(samples[name].luck for name in PARTS))
    low, high = interval(differences, LEVEL, cell.image, luck)
    means = {name: float(gain.mean()) for name, gain in gains.items()}
    return Interaction(float((rts - pugd).mean()), means, float(differences.mean()), low, high, len(rts))
