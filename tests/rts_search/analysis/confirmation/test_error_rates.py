"""How often a confirmation claims a gain that does not exist, and how often it finds one that does.

A small version of `python -m benchmarks verdict`, which simulates 4,000 sweeps of every kind.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.verdict.course import alphas
from benchmarks.verdict.measurement import played, rates
from benchmarks.verdict.noise import diverging
from benchmarks.verdict.settings import BEFORE, LOOKS, PLANNED, RULES, UNPLANNED
from benchmarks.verdict.sweeps import Sweep, World, draw
from rts_search.study.looks import ALPHA

SWEEPS = 600
MOST = ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / SWEEPS)
"""5 %, and twice the sampling error."""


@cache
def without_any_gain() -> list[Sweep]:
    return drawn(World())


def drawn(world: World, top_k: int = 3) -> list[Sweep]:
    """Sweeps with three baselines."""
    return draw(world, SWEEPS, 3, top_k, np.random.default_rng(0))


def confirmed(sweeps: list[Sweep], looks: tuple[int, ...], rule: str, one_later: bool = False) -> dict[str, Any]:
    return rates(played(sweeps, looks, rule, one_later), looks)


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("rule", [UNPLANNED, PLANNED])
@pytest.mark.parametrize(
    "one_later",
    [
        pytest.param(False, id="top_k 3", marks=pytest.mark.campaign),
        pytest.param(True, id="top_k 3 and then 1"),
    ],
)
def test_without_any_gain_few_claim_one_at_any_look(looks: tuple[int, ...], rule: str, one_later: bool) -> None:
    found = confirmed(without_any_gain(), looks, rule, one_later)
    assert found["false_beats"] <= MOST
    assert found["false_is_behind"] <= MOST


def test_looks_that_each_spend_5_percent_claim_more() -> None:
    assert confirmed(without_any_gain(), LOOKS[-1], BEFORE)["false_beats"] > 2 * ALPHA


@pytest.mark.parametrize(("gain", "seeds", "least"), [(2.0, 5, 0.92), (1.0, 8, 0.78)])
def test_a_gain_is_found_at_the_first_look(gain: float, seeds: int, least: float) -> None:
    found = confirmed(drawn(World(gain=gain)), (seeds,), UNPLANNED)
    assert found["true_beats_by_look"][0] >= least - 2 * np.sqrt(least * (1 - least) / SWEEPS)


@pytest.mark.parametrize(
    "world",
    [
        World(diverging(0.2), diverging(0.2)),
        World(diverging(0.2), ranks=-1.0),
        World(baseline=diverging(0.2), ranks=1.0),
    ],
    ids=["both", "contender", "baselines"],
)
def test_where_the_worst_runs_diverge_few_claim_a_gain(world: World) -> None:
    found = confirmed(drawn(world, top_k=1), (5, 8), PLANNED)
    assert found["false_beats"] <= MOST
    assert found["false_is_behind"] <= MOST


def test_seeds_of_the_screening_would_favour_the_contender_that_was_chosen_on_them() -> None:
    own, shared = (
        confirmed(drawn(World(correlation=0.9, own_seeds=own), top_k=5), (5,), UNPLANNED) for own in (True, False)
    )
    assert own["false_beats"] <= MOST < shared["false_beats"]


@pytest.mark.parametrize("rule", RULES)
def test_the_looks_that_a_simulation_passes_over_could_not_have_claimed(rule: str) -> None:
    sweeps = draw(World(diverging(0.05), gain=0.3), 40, 3, 3, np.random.default_rng(1))
    assert played(sweeps, (3, 5, 8), rule) == played(sweeps, (3, 5, 8), rule, skip=False)


@pytest.mark.parametrize("planned", [False, True])
def test_all_looks_together_spend_at_most_5_percent(planned: bool) -> None:
    assert sum(alphas(range(30), planned)) == pytest.approx(ALPHA)
