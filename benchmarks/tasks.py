"""How often a table over tasks calls anything better that is not, and how often it finds what is.

1,000 simulated tables of each kind: 2 data sets x 3 models, rivals sgd and pugd, 5 seeds. Without any effect; with the
effect of one standard deviation of the seeds in every cell; and with that of two in one cell alone.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.report import line, table
from rts_search.analysis.confirmation.decisions import BETTER, WORSE, Sample
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.family import judged
from trainables.core.settings.metrics import DEFAULT_METRIC

TABLES, CELLS, SEEDS, RIVALS = 1_000, 6, 5, ("sgd", "pugd")
IMAGE = 1 / 10_000
SPREAD = 0.003
KINDS: dict[str, Sequence[float]] = {
    "no effect": (0.0,) * CELLS,
    "in every cell": (1.0,) * CELLS,
    "in one cell": (4.0, *(0.0,) * (CELLS - 1)),
}
"""Kind -> effect in each cell, in standard deviations of the runs of a method over seeds."""


def cell(number: int, effect: float, drawn: np.random.Generator) -> Cell:
    """One simulated task. The runs of a seed have half of their variance in common, as paired runs have."""
    common = drawn.normal(size=SEEDS)
    own, *others = (0.9 + SPREAD * (common + drawn.normal(size=SEEDS)) / np.sqrt(2) for _ in range(1 + len(RIVALS)))
    rounded = [np.rint(values / IMAGE) * IMAGE for values in (own + SPREAD * effect, *others)]
    samples = {name: Sample(rounded[0], values) for name, values in zip(RIVALS, rounded[1:], strict=True)}
    return Cell(f"task{number}", "data", "model", DEFAULT_METRIC, IMAGE, 0.05, samples, {})


def main() -> None:
    """Print one JSON line for each kind of table, then a summary."""
    rows = []
    for kind, effects in KINDS.items():
        drawn = np.random.default_rng(0)
        counts = dict.fromkeys(("any_better", "any_worse", "mean_better", "cell_better"), 0)
        for _ in range(TABLES):
            found = judged([cell(number, effect, drawn) for number, effect in enumerate(effects)])
            singles = [one.outcome for of_cell in found.cells for one in of_cell.values()]
            means = [pooled.judgement.outcome for pooled in found.pooled.values()]
            counts["any_better"] += BETTER in singles + means
            counts["any_worse"] += WORSE in singles + means
            counts["mean_better"] += BETTER in means
            counts["cell_better"] += BETTER in singles
        line({"kind": kind, "tables": TABLES, "cells": CELLS, "rivals": len(RIVALS), "seeds": SEEDS, **counts})
        rows.append([kind, *(f"{100 * count / TABLES:.1f} %" for count in counts.values())])
    table(["tables", "anything better", "anything worse", "a mean better", "a cell better"], rows)
