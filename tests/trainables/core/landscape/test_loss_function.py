"""The value, the gradient and the products with the Hessian are exact, and the weights stay what they were."""

import pytest
import torch
from torch import Tensor

from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.landscape.functions import exact, flat, linear_layer, quadratic, symmetric
from trainables.core.landscape.loss_function import LossFunction, inner, times

A = symmetric([4.0, 1.0, 0.5, -2.0, 0.0, 3.0, 0.1])


def test_value_gradient_and_hessian_of_a_quadratic_are_exact() -> None:
    loss = quadratic(A)
    w, v = flat(loss.weights).detach(), [torch.ones_like(weight) for weight in loss.weights]
    assert loss.value() == pytest.approx(exact(A, w), rel=1e-14)
    torch.testing.assert_close(flat(loss.gradient()), A @ w, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(flat(loss.hessian_times(v)), A.sum(1), rtol=1e-13, atol=1e-14)
    assert (loss.values, loss.gradients, loss.products) == (1, 1, 1)


def test_the_hessian_of_a_linear_layer_is_that_of_least_squares() -> None:
    loss, hessian = linear_layer()
    columns = [flat(loss.hessian_times([one.reshape(3, 4)])) for one in torch.eye(12, dtype=torch.float64)]
    torch.testing.assert_close(torch.stack(columns, dim=1), hessian, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_weights_are_back_bit_for_bit_even_after_an_error(dtype: torch.dtype) -> None:
    loss = quadratic(A, dtype)
    before = [weight.detach().clone() for weight in loss.weights]
    with loss.at([0.1 * one for one in before]):
        torch.testing.assert_close(loss.weights[0].detach(), 1.1 * before[0])
    with pytest.raises(ZeroDivisionError), loss.at(before):
        raise ZeroDivisionError
    assert all(torch.equal(one, weight) for one, weight in zip(before, loss.weights, strict=True))
    assert all(weight.grad is None for weight in loss.weights)


def test_a_weight_that_the_loss_does_not_use_and_a_linear_loss_have_no_curvature() -> None:
    used, unused = torch.ones(3, requires_grad=True), torch.ones(2, requires_grad=True)
    slope = torch.tensor([1.0, 2.0, 3.0])

    def terms() -> list[Tensor]:
        return [(slope * used).sum()]

    loss = LossFunction([used, unused], lambda: iter(terms()))
    assert flat(loss.gradient()).tolist() == [1.0, 2.0, 3.0, 0.0, 0.0]
    assert flat(loss.hessian_times([used.detach(), unused.detach()])).tolist() == [0.0] * 5


def test_inner_products_are_summed_in_float64() -> None:
    many = [torch.full((1 << 20,), 0.1), torch.tensor([1e8])]
    assert inner(many, many) == pytest.approx(1e16 + (1 << 20) * float(torch.tensor(0.1).double()) ** 2, abs=2.0)
    assert flat(times(0.5, many))[-1] == 5e7


def test_a_loss_on_a_gpu_stays_there(card: EmulatedGpu) -> None:
    del card
    loss = quadratic(A, torch.float32, "cuda")
    product = loss.hessian_times(loss.gradient())
    assert {tensor.device.type for tensor in product} == {"cuda"}
    w = flat(quadratic(A).weights).detach()
    torch.testing.assert_close(flat(product).cpu().double(), A @ A @ w, rtol=1e-4, atol=1e-5)
