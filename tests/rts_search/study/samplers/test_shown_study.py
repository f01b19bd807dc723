"""Samplers learn where trials diverge, although the study records these trials as failed."""

from typing import Any

import pytest

from rts_search.sweep.sections import ObjectiveConfig
from tests.rts_search.study.samplers.trials import NUMBERS, drawn, in_memory, sweep_of

SWEEPS = {"tpe": (1, 40), "gp": (1, 24)}
"""Number of sweeps, and of trials in each; few for gp, which is slow."""


def better_until_it_diverges(config: dict[str, Any]) -> float | None:
    """The larger the radius the better, up to 5."""
    radius = config["radius"]["value"]
    return None if radius > 5.0 else float(radius / 10.0)


def diverging(sampler: str, cause: str) -> int:
    """How many of the last trials of some sweeps lie where trials diverge."""
    found = 0
    seeds, trials = SWEEPS[sampler]
    for seed in range(seeds):
        sweep = sweep_of(sampler, NUMBERS, f"search.seed={seed}", trials=trials)
        configs = drawn(in_memory(sweep), better_until_it_diverges, cause)
        found += sum(better_until_it_diverges(config) is None for config in configs[-12:])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", pytest.param("gp", marks=pytest.mark.campaign)])
def test_fewer_trials_diverge_than_when_nothing_is_learned_from_those_that_did(sampler: str) -> None:
    assert diverging(sampler, "diverged") < 0.5 * diverging(sampler, "lost")


def test_the_study_keeps_the_failure() -> None:
    study = in_memory(sweep_of("tpe", NUMBERS, trials=24))
    configs = drawn(study, better_until_it_diverges)
    for entry, config in zip(study.trials(), configs, strict=True):
        diverged = better_until_it_diverges(config) is None
        assert (entry.state, entry.value(ObjectiveConfig()) is None) == (
            ("FAIL", True) if diverged else ("COMPLETE", False)
        )
