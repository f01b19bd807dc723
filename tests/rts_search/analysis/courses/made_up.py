"""Courses whose answers are known."""

from collections.abc import Mapping, Sequence

import numpy as np

from rts_search.analysis.courses.course import Course, Courses, Method
from rts_search.sweep.sections import ObjectiveConfig

STEPS = 4
"""Steps of an epoch."""


def course(
    seed: int,
    values: Sequence[float],
    losses: Sequence[float] | None = None,
    cost: float = 4.0,
    seconds: float = 2.0,
    diverged: bool = False,
    test: float | None = None,
) -> Course:
    """A run with these values after its epochs; cost and seconds of one epoch."""
    epochs = np.arange(1.0, len(values) + 1)
    norms = tuple(np.full(STEPS, float(epoch)) for epoch in epochs)
    found = 1.0 / epochs if losses is None else np.array(losses, dtype=np.float64)
    return Course(seed, diverged, np.array(values), found, cost * epochs, seconds * epochs, norms, test)


def courses(
    methods: Mapping[str, Sequence[Course]], confirmed: bool = True, rule: str = "last", metric: str = "val_acc"
) -> Courses:
    """Methods with these runs; each had 10 trials in the search, of which 2 diverged."""
    objective = ObjectiveConfig.model_validate({"metric": metric, "rule": rule})
    made = [Method(name, f"trial of {name}", tuple(runs), 10, 2) for name, runs in methods.items()]
    return Courses(tuple(made), objective, confirmed, 100)
