"""PUGD against a slow, simple implementation, bit for bit, and what its state holds."""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.little_net import (
    POINTS,
    Net,
    assert_equal,
    batch,
    closure_of,
    one_parameter,
    pair,
    train,
)
from trainables.core.optimizer.pugd import PUGD


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("point", POINTS)
def test_every_point_follows_its_slow_twin_bit_for_bit(point: str, dtype: torch.dtype) -> None:
    net, optimizer, slow, twin = pair(dtype, **POINTS[point])
    assert train(net, optimizer, range(30), dtype) == train(slow, twin, range(30), dtype)
    assert_equal(net, slow)
    start = Net(dtype)
    assert not torch.equal(net.layers[0].weight, start.layers[0].weight)
    assert torch.equal(net.layers[2].weight, start.layers[2].weight)
    assert torch.equal(net.unused.weight, start.unused.weight)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_phase_switches_and_changing_settings_follow_the_slow_twin(dtype: torch.dtype) -> None:
    net, optimizer, slow, twin = pair(dtype, phase="sgd")
    for epoch, phase in enumerate(("sgd", "pugd", "pugd", "sgd", "pugd")):
        for groups in (optimizer.param_groups, twin.groups):
            for number, group in enumerate(groups):
                group.update(phase=phase, radius=0.3 * epoch + number, scale=1.0 / (epoch + 1), lr=0.1 / (epoch + 1))
        steps = range(6 * epoch, 6 * epoch + 6)
        assert train(net, optimizer, steps, dtype) == train(slow, twin, steps, dtype)
        assert_equal(net, slow)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_sgd_phase_is_sgd_of_torch(momentum: float) -> None:
    net, other = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), 0.1, momentum, 5e-4, phase="sgd"), range(20))
    sgd = torch.optim.SGD(other.parameters(), lr=0.1, momentum=momentum, weight_decay=5e-4)
    for step in range(20):
        closure_of(other, batch(step, torch.float64))()
        sgd.step()
    assert_equal(net, other)


def test_first_and_second_step_by_hand_are_step_with_a_closure() -> None:
    net, by_hand = Net(torch.float64), Net(torch.float64)
    optimizer, other = PUGD(net.groups(), lr=0.1), PUGD(by_hand.groups(), lr=0.1)
    train(net, optimizer, range(5))
    for step in range(5):
        closure = closure_of(by_hand, batch(step, torch.float64))
        closure()
        other.first_step()
        assert all(p.grad is None for p in by_hand.parameters())
        closure()
        other.second_step()
    assert_equal(net, by_hand)


def test_the_loss_returned_is_that_of_the_unperturbed_weights() -> None:
    net = Net(torch.float64)
    closure = closure_of(net, batch(0, torch.float64))
    before = closure().item()
    loss = PUGD(net.parameters(), lr=0.1).step(closure)
    assert loss is not None
    assert loss.item() == before


@pytest.mark.parametrize(("point", "gradients"), [("sgd", 1), ("ngd", 1), ("pugd", 2), ("rts", 2)])
def test_the_closure_runs_once_for_every_gradient_counted(point: str, gradients: int) -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.groups(**POINTS[point]), lr=0.1)
    calls = []
    inner = closure_of(net, batch(0, torch.float64))
    optimizer.step(lambda: (calls.append(1), inner())[1])
    assert len(calls) == optimizer.gradients_per_step == gradients


def test_the_radius_of_a_single_group_is_enough_to_need_two_gradients() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.groups(radius=0.0), lr=0.1)
    assert optimizer.gradients_per_step == 1
    optimizer.param_groups[1]["radius"] = 1e-3
    assert optimizer.gradients_per_step == 2


@pytest.mark.parametrize("settings", [{"phase": "sgd"}, {"radius": 0.0}])
def test_one_gradient_needs_no_closure(settings: dict[str, Any]) -> None:
    p, optimizer = one_parameter([1.0, 2.0], [3.0, 4.0], **settings)
    assert optimizer.step() is None
    assert not torch.equal(p, torch.tensor([1.0, 2.0], dtype=torch.float64))


def test_two_gradients_need_a_closure() -> None:
    _, optimizer = one_parameter([1.0, 2.0], [3.0, 4.0])
    with pytest.raises(ValueError, match="needs a closure for 2 gradients, but got closure=None"):
        optimizer.step()


def test_radius_zero_gives_the_same_weights_by_either_path() -> None:
    net, two = Net(torch.float64), Net(torch.float64)
    train(net, PUGD(net.parameters(), 0.1, 0.9, radius=0.0, scale=1.5), range(3))
    other = PUGD(two.parameters(), 0.1, 0.9, radius=0.0, scale=1.5)
    for step in range(3):
        closure = closure_of(two, batch(step, torch.float64))
        closure()
        other.first_step()
        closure()
        other.second_step()
    for p, q in zip(net.parameters(), two.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=1e-9, atol=1e-12)


def test_the_state_dict_carries_momentum_and_goes_on_bit_for_bit_across_the_switch() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.groups(phase="sgd"), lr=0.1)
    train(net, optimizer, range(5))
    saved = copy.deepcopy((net.state_dict(), optimizer.state_dict()))
    fresh = Net(torch.float64)
    fresh.load_state_dict(saved[0])
    resumed = PUGD([{"params": group["params"]} for group in fresh.groups()], lr=9.0)
    resumed.load_state_dict(saved[1])
    for phase in ("sgd", "pugd"):
        for group in [*optimizer.param_groups, *resumed.param_groups]:
            group["phase"] = phase
        assert train(net, optimizer, range(5, 10)) == train(fresh, resumed, range(5, 10))
    assert_equal(net, fresh)
    assert set(saved[1]["param_groups"][0]) >= {"lr", "momentum", "weight_decay", "radius", "scale", "phase"}


def test_state_is_kept_by_parameter_and_only_where_there_is_momentum() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.groups(), lr=0.1)
    train(net, optimizer, range(2))
    with_buffer = {p for p, state in optimizer.state.items() if "momentum_buffer" in state}
    assert with_buffer == {*net.layers[0].parameters(), *net.layers[3].parameters()}


def test_a_pickled_optimizer_steps_on() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.groups(), lr=0.1)
    train(net, optimizer, range(2))
    net_again, optimizer_again = pickle.loads(pickle.dumps((net, optimizer)))
    assert train(net, optimizer, range(2, 5)) == train(net_again, optimizer_again, range(2, 5))


def test_the_momentum_survives_the_switch_until_it_is_reset() -> None:
    p, optimizer = one_parameter([1.0], [2.0], momentum=0.5, phase="sgd")
    optimizer.step()
    optimizer.param_groups[0].update(phase="pugd", radius=0.0)
    optimizer.step()
    assert optimizer.state[p]["momentum_buffer"].item() == pytest.approx(0.5 * 2.0 + 1.0)
    optimizer.reset_momentum()
    optimizer.step()
    assert optimizer.state[p]["momentum_buffer"].item() == pytest.approx(1.0)


def test_a_step_never_waits_for_a_value() -> None:
    # On the meta device there are no values: any look at one raises.
    with torch.device("meta"):
        p = nn.Parameter(torch.empty(3))
    optimizer = PUGD([p], lr=0.1, momentum=0.9, weight_decay=0.1)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = p.square().sum()
        loss.backward()
        return loss

    for phase, radius in (("sgd", 1.0), ("pugd", 0.0), ("pugd", 1.0)):
        optimizer.param_groups[0].update(phase=phase, radius=radius)
        optimizer.step(closure)
        assert optimizer.grad_norm().shape == ()


def test_the_weights_are_restored_exactly_before_the_update() -> None:
    net = Net(torch.float32)
    optimizer = PUGD(net.parameters(), lr=0.0, radius=7.0)
    train(net, optimizer, range(3), torch.float32)
    assert_equal(net, Net(torch.float32))


def test_the_gradient_norm_runs_over_all_groups_and_is_zero_without_gradients() -> None:
    p, q = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(2))
    optimizer = PUGD([{"params": [p]}, {"params": [q]}], lr=0.1)
    assert optimizer.grad_norm().item() == 0.0
    p.grad, q.grad = torch.tensor([3.0]), torch.tensor([0.0, -4.0])
    norm = optimizer.grad_norm()
    assert norm.shape == ()
    assert norm.item() == pytest.approx(5.0)
