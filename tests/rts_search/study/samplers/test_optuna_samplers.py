"""Samplers find good points, and draw from the whole space, including the settings of a single shape."""

from typing import Any, get_args

import pytest

from rts_search.study.samplers import SAMPLERS
from rts_search.sweep.sections import LearningSampler, SamplerName
from tests.rts_search.study.samplers.trials import NUMBERS, drawn, in_memory, sweep_of

LEARNING = get_args(LearningSampler)


def test_every_sampler_of_the_sweep_file_can_be_made() -> None:
    assert set(SAMPLERS) == set(get_args(SamplerName)) == {"random", "grid", "qmc", "tpe", "gp", "cmaes", "nsga2"}


def near_three(config: dict[str, Any]) -> float:
    """Best at radius 3."""
    return float(1.0 - abs(config["radius"]["value"] - 3.0) / 10.0)


def alike(config: dict[str, Any]) -> float:
    del config
    return 0.5


def distance(configs: list[dict[str, Any]]) -> float:
    return sum(1.0 - near_three(config) for config in configs) / len(configs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler",
    # Of the others, test_warm_start.py asserts that they draw where an earlier sweep was good.
    [pytest.param(one, marks=[pytest.mark.campaign] * (one in ("gp", "nsga2"))) for one in LEARNING],
)
def test_what_was_told_draws_trials_to_where_they_are_good(sampler: str) -> None:
    trials = {"gp": 24, "nsga2": 72}.get(sampler, 40)
    configs = drawn(in_memory(sweep_of(sampler, NUMBERS, trials=trials)), near_three)
    assert distance(configs[-12:]) < 0.6 * distance(configs[:12])


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "grid", "qmc"])
def test_what_was_told_makes_no_difference_to_points_that_are_known_before(sampler: str) -> None:
    space = "space={radius: {shape: constant, value: [0.5, 1, 2, 3]}, timing: {rule: epoch, switch_epoch: [0, 3, 6]}}"
    sweep = sweep_of(sampler, space, trials=12 if sampler == "grid" else 6)
    assert drawn(in_memory(sweep), near_three) == drawn(in_memory(sweep), alike)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler", ["qmc", "cmaes", *(pytest.param(one, marks=pytest.mark.campaign) for one in ("gp", "nsga2"))]
)
def test_every_shape_is_drawn_with_exactly_its_settings(sampler: str) -> None:
    configs = drawn(in_memory(sweep_of(sampler, trials=24)), lambda config: config["scale"].get("beta_max", 1.0) / 4)
    shapes = {config["radius"]["shape"] for config in configs}
    assert len(shapes) >= 4
    for config in configs:
        assert ("value" in config["radius"]) == (config["radius"]["shape"] == "constant")


@pytest.mark.slow
def test_a_sobol_sequence_fills_the_space_evenly() -> None:
    configs = drawn(in_memory(sweep_of("qmc", NUMBERS, trials=16)), alike)
    assert sorted(int(config["radius"]["value"] / 10 * 16) for config in configs) == list(range(16))


def test_two_seeds_give_two_sobol_sequences() -> None:
    first, second = (
        drawn(in_memory(sweep_of("qmc", NUMBERS, f"search.seed={seed}", trials=8)), alike) for seed in (0, 1)
    )
    assert all(one != other for one, other in zip(first, second, strict=True))


@pytest.mark.slow
def test_gp_draws_from_choices_alone() -> None:
    space = "space={radius: {shape: constant, value: [0.5, 1.0, 3.0]}, timing: {rule: epoch, switch_epoch: [0, 3, 6]}}"
    configs = drawn(in_memory(sweep_of("gp", space, trials=16)), near_three)
    assert sum(config["radius"]["value"] == 3.0 for config in configs[10:]) >= 4
