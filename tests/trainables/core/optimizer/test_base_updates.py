"""The base updates: SGD and AdamW of torch under the phase sgd, and the other methods on top of AdamW."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from trainables.core.optimizer.pugd import PUGD

ADAMW: dict[str, Any] = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.05}
NESTEROV: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True}
STEPS = range(50)


def train(net: Net, optimizer: Any, steps: range = STEPS, dtype: torch.dtype = torch.float64) -> None:
    for index in steps:
        optimizer.step(closure_of(net, batch(index, dtype)))


def assert_close(net: nn.Module, other: nn.Module, rtol: float = 1e-9, atol: float = 1e-12) -> None:
    for (name, p), q in zip(net.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=rtol, atol=atol, msg=name)


@pytest.mark.parametrize("step", ["reference", "fused"])
def test_adamw_in_the_phase_sgd_is_that_of_torch(step: str) -> None:
    net, other = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), **ADAMW, base="adamw", phase="sgd", step=step))
    train(other, torch.optim.AdamW(other.parameters(), **ADAMW))
    assert_close(net, other)
    assert not torch.equal(net.layers[0].weight, Net(torch.float64).layers[0].weight)


@pytest.mark.parametrize("step", ["reference", "fused"])
def test_nesterov_in_the_phase_sgd_is_that_of_torch(step: str) -> None:
    net, other = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), **NESTEROV, phase="sgd", step=step))
    train(other, torch.optim.SGD(other.parameters(), **NESTEROV))
    assert_close(net, other)


def test_sam_over_adamw_is_that_of_another_package() -> None:
    from pytorch_optimizer import SAM  # imported here, since it takes seconds

    net, other = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), **ADAMW, base="adamw", phase="sam", radius=0.3))
    used = [p for p in other.parameters() if p.requires_grad]
    sam = SAM(used, torch.optim.AdamW, rho=0.3, **ADAMW)
    for index in STEPS:
        closure = closure_of(other, batch(index, torch.float64))
        closure()
        sam.first_step()
        closure()
        sam.second_step()
    assert_close(net, other, rtol=1e-5, atol=1e-7)  # its norm has single precision


class UnitAdamW:
    """PUGD over AdamW, written as a plain loop: torch's AdamW gets the unit gradient."""

    def __init__(self, net: Net, radius: float, scale: float) -> None:
        self._net, self._radius, self._scale = net, radius, scale
        self._base = torch.optim.AdamW(net.parameters(), **ADAMW)

    def step(self, closure: Any) -> None:
        closure()
        used = [p for p in self._net.parameters() if p.requires_grad and p.grad is not None]
        g, w = [p.grad.clone() for p in used if p.grad is not None], [p.detach().clone() for p in used]
        norm = _norm([p.abs() * x for p, x in zip(w, g, strict=True)])
        for p, home, x in zip(used, w, g, strict=True):
            p.data = home + self._radius * home.abs() * x / norm
        closure()
        mixed = [self._scale * x + p.grad for p, x in zip(used, g, strict=True) if p.grad is not None]
        for p, home, x in zip(used, w, mixed, strict=True):
            p.data, p.grad = home, x / _norm(mixed)
        self._base.step()


def _norm(tensors: list[Tensor]) -> Tensor:
    return torch.stack([x.square().sum() for x in tensors]).sum().sqrt()


@pytest.mark.parametrize("step", ["reference", "fused"])
def test_pugd_over_adamw_gives_the_unit_gradient_to_adamw(step: str) -> None:
    net, other = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), **ADAMW, base="adamw", radius=0.7, scale=2.0, step=step))
    train(other, UnitAdamW(other, 0.7, 2.0))
    assert_close(net, other, rtol=1e-8)


def test_fused_and_reference_agree_on_nesterov_in_every_phase() -> None:
    nets = []
    for step in ("reference", "fused"):
        net = Net(torch.float32)
        optimizer = PUGD(net.parameters(), **NESTEROV, step=step)
        for number, phase in enumerate(("sgd", "pugd", "sam")):
            optimizer.param_groups[0]["phase"] = phase
            train(net, optimizer, range(10 * number, 10 * number + 10), torch.float32)
        nets.append(net)
    for p, q in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-6)


def test_a_learning_rate_in_a_tensor_is_the_same_learning_rate() -> None:
    for settings in (NESTEROV, {**ADAMW, "base": "adamw"}):
        net, other = Net(torch.float64), Net(torch.float64)
        train(net, PUGD(net.parameters(), **settings))
        optimizer = PUGD(other.parameters(), **settings)
        optimizer.param_groups[0]["lr"] = torch.tensor(settings["lr"], dtype=torch.float64)
        train(other, optimizer)
        assert_close(net, other)


def test_the_state_of_adamw_goes_on_in_another_optimizer_bit_for_bit() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.parameters(), **ADAMW, base="adamw")
    train(net, optimizer, range(10))
    other = copy.deepcopy(net)
    resumed = PUGD(other.parameters(), lr=1.0, base="adamw")
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    train(net, optimizer, range(10, 20))
    train(other, resumed, range(10, 20))
    assert_equal(net, other)


def test_a_reset_forgets_the_averages_of_adamw() -> None:
    net, other = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.parameters(), **ADAMW, base="adamw", phase="sgd")
    train(net, optimizer, range(10))
    other.load_state_dict(net.state_dict())
    optimizer.reset_momentum()
    train(net, optimizer, range(10, 12))
    train(other, PUGD(other.parameters(), **ADAMW, base="adamw", phase="sgd"), range(10, 12))
    assert_equal(net, other)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"base": "adam"}, "base must be one of sgd, adamw, but got base='adam'"),
        ({"nesterov": True}, "nesterov needs momentum > 0, but got momentum=0.0"),
        ({"betas": (0.9, 1.0)}, r"betas must be two numbers in \[0, 1\), and eps > 0, but got betas=\(0.9, 1.0\)"),
        ({"eps": 0.0}, "and eps > 0, but got betas=.*, eps=0.0"),
    ],
)
def test_a_setting_outside_its_range_is_refused(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        PUGD([nn.Parameter(torch.zeros(2))], lr=0.1, **settings)
