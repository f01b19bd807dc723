"""What several tasks establish: each cell by itself, and their mean, corrected together (Holm 1979).

The family are all comparisons of the table: every cell with every rival, and for every rival the mean over the tasks.
Where nothing is better, at most a share alpha of all tables calls anything better; likewise for worse.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from rts_search.analysis.confirmation.decisions import INCOMPLETE, Sample
from rts_search.analysis.confirmation.statistics import interval, paired_differences, standard_error
from rts_search.analysis.confirmation.together import Judgement, Together, evidence_of
from rts_search.analysis.tasks.cells import Cell

LEAST_TASKS = 3
"""Fewer tasks have no interval over tasks like these."""


@dataclass(frozen=True)
class Pooled:
    """The mean over the tasks against one rival."""

    judgement: Judgement
    """For these tasks: only the seeds, and the luck of tuning, are random."""
    tasks: int
    low: float | None
    """Ends of the interval of 95 % over tasks like these, by Student's t over the tasks' means; None for fewer than
    LEAST_TASKS tasks."""
    high: float | None


@dataclass(frozen=True)
class Family:
    """All comparisons of a table."""

    cells: tuple[Mapping[str, Judgement], ...]
    """Rival -> judgement, for each cell."""
    pooled: Mapping[str, Pooled]
    """By rival, for those that all cells have."""
    alpha: float
    """Level of the table, one-sided: the least that any of its looks has spent."""


def judged(cells: Sequence[Cell]) -> Family:
    """Judge a table of one cell or more."""
    alpha = min(cell.alpha for cell in cells)
    common = [name for name in cells[0].samples if all(name in cell.samples for cell in cells)]
    common = common if len(cells) > 1 else []
    singles = [(cell, name) for cell in cells for name in cell.samples]
    evidence = [evidence_of(cell.samples[name], cell.alpha, cell.image) for cell, name in singles]
    means = {name: _mean([(cell.samples[name], cell.image) for cell in cells]) for name in common}
    table = Together([*evidence, *((mean.p(1.0), mean.p(-1.0)) for mean in means.values())], alpha)
    found: dict[str, dict[str, Judgement]] = {cell.sweep: {} for cell in cells}
    for place, (cell, name) in enumerate(singles):
        found[cell.sweep][name] = table.of_sample(place, cell.samples[name], cell.image)
    pooled = {}
    for place, (name, mean) in enumerate(means.items(), len(singles)):
        told = table.outcome(place) if mean.mean is not None else INCOMPLETE
        judgement = Judgement(mean.mean, *mean.interval(table.level(place)), table.better.p[place], told)
        pooled[name] = Pooled(judgement, len(cells), *mean.over_tasks())
    return Family(tuple(found[cell.sweep] for cell in cells), pooled, alpha)


@dataclass(frozen=True)
class _Mean:
    """The mean over tasks of the mean differences."""

    means: tuple[float, ...]
    errors: tuple[float, ...]
    freedoms: tuple[int, ...]
    whole: bool
    """Whether every cell has finite differences on two seeds or more."""

    @property
    def mean(self) -> float | None:
        return float(np.mean(self.means)) if self.whole else None

    @property
    def error(self) -> float:
        """Standard error for these tasks."""
        return math.sqrt(sum(error**2 for error in self.errors)) / len(self.errors)

    @property
    def freedom(self) -> float:
        """Degrees of freedom (Satterthwaite 1946)."""
        squares = [error**2 for error in self.errors]
        below = sum(square**2 / freedom for square, freedom in zip(squares, self.freedoms, strict=True))
        return sum(squares) ** 2 / below if below else 1.0

    def p(self, sign: float) -> float:
        """One-sided p of "the mean, times sign, is not above 0"."""
        if self.mean is None or self.error == 0.0:
            return 1.0
        return float(special.stdtr(self.freedom, -sign * self.mean / self.error))

    def interval(self, level: float) -> tuple[float | None, float | None]:
        if self.mean is None:
            return None, None
        reach = float(special.stdtrit(self.freedom, 0.5 + level / 2)) * self.error
        return self.mean - reach, self.mean + reach

    def over_tasks(self) -> tuple[float | None, float | None]:
        if self.mean is None or len(self.means) < LEAST_TASKS:
            return None, None
        return interval(np.array(self.means), 0.95, 0.0)


def _mean(samples: Sequence[tuple[Sample, float]]) -> _Mean:
    means, errors, freedoms, whole = [], [], [], True
    for sample, image in samples:
        differences = paired_differences(sample.contender, sample.baseline)
        if not sample.complete or len(differences) < 2 or not np.isfinite(differences).all():
            whole = False
            continue
        means.append(float(differences.mean()))
        errors.append(standard_error(differences, image, sample.luck))
        freedoms.append(len(differences) - 1)
    return _Mean(tuple(means), tuple(errors), tuple(freedoms), whole)
