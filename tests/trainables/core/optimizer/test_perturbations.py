"""SAM, ASAM and AMP as steps of the optimizer, against plain loops from the papers and another package."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from trainables.core.optimizer.pugd import PUGD

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}


def train(step: Callable[[Callable[[], Tensor]], Any], net: Net, steps: range = range(20)) -> None:
    for index in steps:
        step(closure_of(net, batch(index, torch.float64)))


def used(net: Net) -> list[nn.Parameter]:
    return [p for p in net.parameters() if p.requires_grad and p.grad is not None]


def amp_loop(net: Net, epsilon: float, inner_lr: float, inner_steps: int) -> Callable[[Callable[[], Tensor]], None]:
    """AMP as a loop over the parameters: every ascent moves a perturbation and clips it to its own ball."""
    base = torch.optim.SGD(net.parameters(), **SETTINGS)

    def step(closure: Callable[[], Tensor]) -> None:
        closure()
        delta = {p: torch.zeros_like(p) for p in used(net)}
        before = {p: p.detach().clone() for p in used(net)}
        for _ in range(inner_steps):
            for p in used(net):
                assert p.grad is not None
                delta[p] = delta[p] + inner_lr * p.grad
                length = float(delta[p].norm())
                if length > epsilon:
                    delta[p] = delta[p] * epsilon / length
                p.data = before[p] + delta[p]
            closure()
        for p in used(net):
            p.data = before[p]
        base.step()

    return step


@pytest.mark.parametrize(("epsilon", "inner_lr", "inner_steps"), [(0.5, 1.0, 1), (0.02, 1.0, 1), (0.05, 0.3, 3)])
def test_amp_is_the_published_method(epsilon: float, inner_lr: float, inner_steps: int) -> None:
    net, plain = Net(torch.float64), Net(torch.float64)
    ascent = {"radius": epsilon, "inner_lr": inner_lr, "inner_steps": inner_steps}
    optimizer = PUGD(net.parameters(), **SETTINGS, **ascent, phase="amp")
    assert optimizer.gradients_per_step == 1 + inner_steps
    train(optimizer.step, net)
    train(amp_loop(plain, epsilon, inner_lr, inner_steps), plain)
    for p, q in zip(net.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)
    assert not torch.equal(net.layers[0].weight, Net(torch.float64).layers[0].weight)


@pytest.mark.parametrize("radius", [0.05, 1.0])
def test_sam_agrees_with_another_implementation(radius: float) -> None:
    from pytorch_optimizer import SAM

    net, other = Net(torch.float64), Net(torch.float64)
    train(PUGD(net.parameters(), **SETTINGS, radius=radius, phase="sam").step, net)
    sam = SAM([p for p in other.parameters() if p.requires_grad], torch.optim.SGD, rho=radius, **SETTINGS)

    def step(closure: Callable[[], Tensor]) -> None:
        closure()
        sam.first_step()
        closure()
        sam.second_step()

    train(step, other)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-7)  # its norm has single precision


@pytest.mark.parametrize("phase", ["sam", "asam", "amp"])
def test_at_radius_zero_there_is_one_gradient_and_the_step_is_that_of_sgd(phase: str) -> None:
    net, plain = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.named_parameters(), **SETTINGS, radius=0.0, phase=phase)
    assert optimizer.gradients_per_step == 1
    train(optimizer.step, net, range(3))
    train(PUGD(plain.parameters(), **SETTINGS, phase="sgd").step, plain, range(3))
    assert_equal(net, plain)


def test_asam_scales_weights_and_leaves_biases_as_they_are() -> None:
    weight, bias = nn.Parameter(torch.tensor([2.0, -1.0])), nn.Parameter(torch.tensor([7.0]))
    optimizer = PUGD([("a.weight", weight), ("a.bias", bias)], lr=0.1, phase="asam", radius=1.3, eta=1.0)
    weight.grad, bias.grad = torch.tensor([1.0, 2.0]), torch.tensor([12.0])
    optimizer.first_step()
    assert torch.allclose(weight, torch.tensor([2.9, -0.2]))
    assert torch.allclose(bias, torch.tensor([8.2]))


def test_asam_without_names_says_what_it_needs() -> None:
    p = nn.Parameter(torch.ones(2))
    optimizer = PUGD([p], lr=0.1, phase="asam")
    p.grad = torch.ones(2)
    with pytest.raises(ValueError, match="needs named parameters"):
        optimizer.first_step()


def test_amp_ascends_as_often_as_it_was_told_and_no_more() -> None:
    p = nn.Parameter(torch.ones(2))
    optimizer = PUGD([p], lr=0.1, phase="amp", inner_steps=2)
    for _ in range(2):
        p.grad = torch.ones(2)
        optimizer.first_step()
    with pytest.raises(ValueError, match=r"must be followed by second_step\(\)"):
        optimizer.first_step()
    with pytest.raises(ValueError, match="inner_steps must be >= 1, but got inner_steps=0"):
        PUGD([p], lr=0.1, inner_steps=0)
