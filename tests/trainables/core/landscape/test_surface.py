"""The loss on lines and planes through the weights is exact."""

import pytest
import torch

from tests.trainables.core.landscape.functions import exact, flat, linear_layer, quadratic, symmetric
from trainables.core.landscape.directions import filter_normalised
from trainables.core.landscape.surface import losses_on_line, losses_on_plane, places
from trainables.core.seeding import generator

A = symmetric([4.0, 1.0, 0.5, -2.0, 0.0, 3.0, 0.1])


def test_the_places_are_even_and_the_weights_themselves_are_one() -> None:
    assert places(5, 1.0) == (-1.0, -0.5, 0.0, 0.5, 1.0)
    assert places(25, 0.7)[12] == 0.0
    assert places(3, 2.0) == (-2.0, 0.0, 2.0)


def test_the_loss_on_a_line_through_a_quadratic_is_exact() -> None:
    loss = quadratic(A)
    w, direction = flat(loss.weights).detach(), filter_normalised(loss.weights, generator(0, "line"))
    found = list(losses_on_line(loss, direction, places(9, 1.0)))
    assert found == pytest.approx([exact(A, w + a * flat(direction)) for a in places(9, 1.0)], rel=1e-13, abs=1e-14)
    assert found[4] == loss.value()
    assert loss.values == 10


def test_the_loss_on_a_plane_through_a_quadratic_is_exact() -> None:
    loss = quadratic(A)
    w = flat(loss.weights).detach()
    first, second = (filter_normalised(loss.weights, generator(0, "plane", number)) for number in (0, 1))
    found = list(losses_on_plane(loss, first, second, places(3, 0.5)))
    wanted = [[exact(A, w + a * flat(first) + b * flat(second)) for a in places(3, 0.5)] for b in places(3, 0.5)]
    torch.testing.assert_close(torch.tensor(found), torch.tensor(wanted))
    assert found[1][1] == loss.value()


def test_the_loss_on_a_line_through_a_linear_layer_is_a_parabola() -> None:
    loss, hessian = linear_layer()
    direction = filter_normalised(loss.weights, generator(0, "line"))
    low, middle, high = losses_on_line(loss, direction, (-1.0, 0.0, 1.0))
    d = flat(direction)
    assert low + high - 2.0 * middle == pytest.approx(float(d @ hessian @ d), rel=1e-12)
