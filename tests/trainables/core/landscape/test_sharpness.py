"""The sharpness of a quadratic and of a linear layer is what its gradient and Hessian say."""

import pytest
import torch

from tests.trainables.core.landscape.functions import flat, linear_layer, quadratic, symmetric
from trainables.core.landscape.loss_function import LossFunction
from trainables.core.landscape.sharpness import DIRECTIONS, sharpness

RADII = (0.01, 0.05, 0.1, 2.0)
A = symmetric([4.0, 1.0, 0.5, -2.0, 0.0, 3.0, 0.1])


def exact(loss: LossFunction, hessian: torch.Tensor, direction: str) -> list[float]:
    w = flat(loss.weights).detach()
    slope = flat(loss.gradient())
    way = slope if direction == "sam" else w.abs() * slope
    unit = way / way.norm()
    return [float(rho * slope @ unit + 0.5 * rho * rho * unit @ hessian @ unit) for rho in RADII]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_rise_of_a_quadratic_is_exact(direction: str) -> None:
    loss = quadratic(A)
    assert list(sharpness(loss, RADII, direction)) == pytest.approx(exact(loss, A, direction), rel=1e-10)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_rise_of_a_linear_layer_is_exact(direction: str) -> None:
    loss, hessian = linear_layer()
    assert list(sharpness(loss, RADII, direction)) == pytest.approx(exact(loss, hessian, direction), rel=1e-10)


def test_it_costs_one_gradient_and_one_value_for_each_radius_and_one_more() -> None:
    loss = quadratic(A)
    list(sharpness(loss, RADII, "sam"))
    assert (loss.gradients, loss.values, loss.products) == (1, 5, 0)


def test_a_flat_place_is_not_sharp() -> None:
    loss = quadratic(torch.zeros(7, 7, dtype=torch.float64))
    assert [list(sharpness(loss, RADII, direction)) for direction in DIRECTIONS] == [[0.0] * 4] * 2
