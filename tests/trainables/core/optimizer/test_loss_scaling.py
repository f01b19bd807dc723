"""A GradScaler scales the losses of a step: the weights are those without it, unless a gradient overflows."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from trainables.core.optimizer.pugd import PUGD

PHASES: dict[str, dict[str, Any]] = {
    "sgd": {"phase": "sgd"},
    "ngd": {"radius": 0.0},
    "pugd": {"radius": 0.5, "scale": 3.0},
    "sam": {"phase": "sam", "radius": 0.05},
    "amp": {"phase": "amp", "radius": 0.5, "inner_steps": 2},
}
SCALE = 1024.0
"""A power of two, which changes no digit of a gradient."""


def scaler_of(**settings: Any) -> torch.amp.GradScaler:
    return torch.amp.GradScaler("cpu", init_scale=SCALE, **settings)


def scaled(
    net: Net, optimizer: PUGD, scaler: torch.amp.GradScaler, step: int, micro_batches: int = 1, factor: float = 1.0
) -> Callable[[], Tensor]:
    """A closure whose losses are scaled; `factor` multiplies them once more."""
    parts = batch(step, torch.float32).chunk(micro_batches)

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros(())
        for x in parts:
            loss = (net(x) - x.flip(1)).square().mean() / micro_batches
            scaler.scale(loss * factor).backward()
            total += loss.detach()
        return total

    return closure


@pytest.mark.parametrize("step", ["reference", "fused"])
@pytest.mark.parametrize("phase", PHASES)
def test_the_weights_are_those_without_a_scaler(phase: str, step: str) -> None:
    net, plain, settings = Net(torch.float32), Net(torch.float32), {"lr": 0.1, "momentum": 0.9, "step": step}
    optimizer, other = (PUGD(one.parameters(), **settings, **PHASES[phase]) for one in (net, plain))
    scaler = scaler_of()
    for number in range(4):
        loss = optimizer.step(scaled(net, optimizer, scaler, number), scaler)
        scaler.update()
        wanted = other.step(closure_of(plain, batch(number, torch.float32)))
        assert loss is not None
        assert wanted is not None
        assert loss.item() == wanted.item()
    assert_equal(net, plain)
    assert scaler.get_scale() == SCALE


def test_gradients_may_be_accumulated_over_parts_of_a_mini_batch() -> None:
    net, plain = Net(torch.float32), Net(torch.float32)
    optimizer, other = (PUGD(one.parameters(), lr=0.1, radius=0.5, scale=3.0) for one in (net, plain))
    scaler, off = scaler_of(), torch.amp.GradScaler("cpu", enabled=False)
    for number in range(3):
        optimizer.step(scaled(net, optimizer, scaler, number, micro_batches=2), scaler)
        scaler.update()
        other.step(scaled(plain, other, off, number, micro_batches=2), off)
        off.update()
    assert_equal(net, plain)


@pytest.mark.parametrize("phase", PHASES)
def test_a_gradient_that_is_not_finite_skips_the_step_and_lowers_the_scale(phase: str) -> None:
    net, settings = Net(torch.float32), {"lr": 0.1, "momentum": 0.9, **PHASES[phase]}
    optimizer, scaler = PUGD(net.parameters(), **settings), scaler_of()
    for number in range(optimizer.gradients_per_step):
        calls: list[int] = []
        fine, broken = (scaled(net, optimizer, scaler, 0, factor=factor) for factor in (1.0, float("inf")))

        def closure(number: int = number, calls: list[int] = calls, fine: Any = fine, broken: Any = broken) -> Tensor:
            calls.append(len(calls))
            return broken() if calls[-1] == number else fine()  # type: ignore[no-any-return]

        before = scaler.get_scale()
        optimizer.step(closure, scaler)
        assert len(calls) == number + 1, "the rest of the step costs nothing"
        scaler.update()
        assert scaler.get_scale() == before / 2
        assert_equal(net, Net(torch.float32))
    optimizer.step(scaled(net, optimizer, scaler, 1), scaler)
    scaler.update()
    fresh = Net(torch.float32)
    PUGD(fresh.parameters(), **settings).step(closure_of(fresh, batch(1, torch.float32)))
    assert_equal(net, fresh)


def test_the_scale_grows_once_per_step_and_several_optimizers_share_it() -> None:
    nets = [Net(torch.float32), Net(torch.float32)]
    optimizers, scaler = [PUGD(net.parameters(), lr=0.1) for net in nets], scaler_of(growth_interval=2)
    scales = []
    for number in range(4):
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.step(scaled(net, optimizer, scaler, number), scaler)
        scaler.update()
        scales.append(scaler.get_scale() / SCALE)
    assert scales == [1, 2, 2, 4]
    assert_equal(*nets)


def test_a_forgotten_update_and_a_step_without_a_closure_are_refused() -> None:
    net = Net(torch.float32)
    optimizer, scaler = PUGD(net.parameters(), lr=0.1), scaler_of()
    closure = scaled(net, optimizer, scaler, 0)
    optimizer.step(closure, scaler)
    with pytest.raises(RuntimeError, match=r"called since the last update\(\)"):
        optimizer.step(closure, scaler)
    scaler.update()
    closure()
    with pytest.raises(ValueError, match=r"step\(\) needs a closure for 2 gradients.*also with a GradScaler: step\(cl"):
        scaler.step(optimizer)
