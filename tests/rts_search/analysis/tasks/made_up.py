"""Tasks whose truth is known."""

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.tasks.cells import Cell
from trainables.core.settings.metrics import DEFAULT_METRIC

RIVALS = ("sgd", "pugd", "sam")


def cell(number: int, seed: int, effects: dict[str, float], seeds: int = 5, luck: float = 0.0) -> Cell:
    """A task with accuracies around 0.9; effects: rival -> by how much RTS is better, in units of 0.01, the spread."""
    drawn = np.random.default_rng([seed, number])
    own = 0.9 + 0.01 * drawn.normal(size=seeds)
    samples = {
        name: Sample(own, 0.9 - 0.01 * effect + 0.01 * drawn.normal(size=seeds), luck=luck)
        for name, effect in effects.items()
    }
    costs = dict.fromkeys(effects, (100.0, 100.0))
    return Cell(f"task{number}", f"data_{number}", "net", DEFAULT_METRIC, 1 / 10_000, 0.05, samples, costs)


def cells(seed: int = 0, tasks: int = 4, effect: float = 0.0, seeds: int = 5) -> list[Cell]:
    """Tasks with the same effect against each rival."""
    return [cell(number, seed, dict.fromkeys(RIVALS, effect), seeds) for number in range(tasks)]
