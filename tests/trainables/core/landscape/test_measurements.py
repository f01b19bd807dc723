"""The measurements by name: their results are plain values, and they cost what was foreseen."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainables.core.landscape.functions import linear_layer, quadratic, symmetric
from trainables.core.landscape.loss_function import LossFunction
from trainables.core.landscape.measurements import (
    MEASUREMENTS,
    WORDS,
    LandscapeSettings,
    Passes,
    Progress,
    counted,
    foreseen,
)

SETTINGS = LandscapeSettings(0, steps=5, radii=(0.1, 1.0), vectors=4, tolerance=1e-6)


def result(progress: Progress) -> tuple[list[tuple[int, int]], dict[str, Any]]:
    steps = []
    while True:
        try:
            steps.append(next(progress))
        except StopIteration as end:
            return steps, end.value


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_costs_what_was_foreseen_and_returns_plain_values(name: str) -> None:
    loss, _ = linear_layer()
    steps, found = result(MEASUREMENTS[name](loss, SETTINGS))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    expected = foreseen(name, SETTINGS)
    if name == "eigenvalue":
        assert counted(loss).products == found["iterations"] == len(steps) < expected.products
    else:
        assert counted(loss) == expected
        assert steps[-1][0] == steps[-1][1]
    assert name in WORDS


def test_the_line_is_the_middle_row_of_the_plane() -> None:
    loss, _ = linear_layer()
    (_, line), (_, plane) = (result(MEASUREMENTS[name](loss, SETTINGS)) for name in ("curve", "plane"))
    assert plane["loss"][2] == pytest.approx(line["loss"], rel=1e-13)
    assert line["loss"][2] == loss.value()
    assert plane["at"] == line["at"] == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_all_is_the_same_again_and_differs_with_the_seed() -> None:
    loss = quadratic(symmetric([4.0, 1.0, 0.5, -2.0, 0.0, 3.0, 0.1]))
    for name in ("curve", "plane", "trace"):
        first, again, other = (result(MEASUREMENTS[name](loss, replace(SETTINGS, seed=seed)))[1] for seed in (0, 0, 1))
        assert first == again != other


def test_a_number_that_is_not_finite_is_none() -> None:
    weight = torch.full((2, 2), 1e3, requires_grad=True)

    def terms() -> Iterator[Tensor]:
        yield (weight.square().sum() - 4e6 + 1.0).exp() * 1e38

    loss = LossFunction([weight], terms)
    assert None in result(MEASUREMENTS["curve"](loss, SETTINGS))[1]["loss"]


def test_a_cost_is_in_gradients_of_mini_batches_and_rounded_up() -> None:
    assert Passes(values=3).gradient_evaluations(1000, 100) == 10
    assert Passes(gradients=1).gradient_evaluations(1001, 100) == 11
    assert Passes(3, 2, 4).gradient_evaluations(64, 32) == 2 * (1 + 2 + 14)
    first = Passes(1, 1, 1)
    loss = quadratic(torch.eye(5, dtype=torch.float64))
    loss.value()
    loss.gradient()
    loss.hessian_times(loss.gradient())
    assert counted(loss, first) == Passes(0, 1, 0)
