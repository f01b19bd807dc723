"""PUGD against its slow twin, bit for bit, and at its edges."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.twin import Twin
from trainables.core.optimizer import PUGD
from trainables.core.steps import base_update, global_norm, perturbation, unit, weighted

GROUPS = (
    {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "radius": 1.0, "scale": 1.0},
    {"lr": 0.03, "momentum": 0.0, "weight_decay": 0.0, "radius": 0.4, "scale": 0.0},
    {"lr": 0.2, "momentum": 0.5, "weight_decay": 1e-2, "radius": 0.0, "scale": 2.5},
)
POINTS = {
    "sgd": {"phase": "sgd"},
    "ngd": {"phase": "pugd", "radius": 0.0},
    "pugd": {"phase": "pugd", "radius": 1.0, "scale": 1.0},
    "rts": {"phase": "pugd"},
}


class Net(nn.Module):
    """Three layers that are used, one that is frozen and one that is never called."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(17, 17, dtype=dtype) for _ in range(4))
        self.unused = nn.Linear(17, 17, dtype=dtype)
        for p in self.parameters():
            p.data.normal_(0.0, 0.3, generator=generator)
        self.layers[2].requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x

    def groups(self, **settings: Any) -> list[dict[str, Any]]:
        """The layers dealt out to groups, the frozen and the unused one among them."""
        parts = (
            [*self.layers[0].parameters(), *self.layers[2].parameters()],
            [*self.layers[1].parameters(), *self.unused.parameters()],
            [*self.layers[3].parameters()],
        )
        return [{"params": part, **group, **settings} for part, group in zip(parts, GROUPS, strict=True)]


def batch(step: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(8, 17, generator=torch.Generator().manual_seed(100 + step)).to(dtype)


def closure_of(net: Net, x: Tensor) -> Callable[[], Tensor]:
    def closure() -> Tensor:
        net.zero_grad()
        loss = (net(x) - x.flip(1)).square().mean()
        loss.backward()
        return loss

    return closure


def train(net: Net, optimizer: PUGD | Twin, steps: range, dtype: torch.dtype = torch.float64) -> list[float]:
    losses = []
    for step in steps:
        loss = optimizer.step(closure_of(net, batch(step, dtype)))
        assert loss is not None
        losses.append(loss.item())
    return losses


def pair(dtype: torch.dtype, **settings: Any) -> tuple[Net, PUGD, Net, Twin]:
    net, slow = Net(dtype), Net(dtype)
    return net, PUGD(net.groups(**settings), lr=0.1), slow, Twin(slow.groups(**settings))


def assert_equal(net: nn.Module, other: nn.Module) -> None:
    for (name, p), q in zip(net.named_parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q), name


def one_parameter(values: list[float], grad: list[float] | None, **settings: Any) -> tuple[nn.Parameter, PUGD]:
    p = nn.Parameter(torch.tensor(values, dtype=torch.float64))
    p.grad = None if grad is None else torch.tensor(grad, dtype=torch.float64)
    return p, PUGD([p], **{"lr": 0.1, **settings})


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


def test_the_formulas_agree_with_numbers_worked_by_hand() -> None:
    w, g = [torch.tensor([2.0, -1.0], dtype=torch.float64)], [torch.tensor([1.5, 4.0], dtype=torch.float64)]
    eps = perturbation(w, g, [0.5])
    assert torch.allclose(eps[0], torch.tensor([0.3, 0.4], dtype=torch.float64))
    mixed = weighted(g, [torch.tensor([0.0, -4.0], dtype=torch.float64)], [2.0])
    assert torch.equal(mixed[0], torch.tensor([3.0, 4.0], dtype=torch.float64))
    u = unit(mixed)
    assert torch.allclose(u[0], torch.tensor([0.6, 0.8], dtype=torch.float64))
    m = [torch.tensor([1.0, 0.0], dtype=torch.float64)]
    base_update(w, u, m, lr=0.5, mu=0.9, wd=0.1)
    assert torch.allclose(m[0], torch.tensor([1.7, 0.7], dtype=torch.float64))
    assert torch.allclose(w[0], torch.tensor([1.15, -1.35], dtype=torch.float64))


def test_one_norm_runs_over_all_tensors() -> None:
    assert global_norm([torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]).item() == pytest.approx(5.0)


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
    with pytest.raises(ValueError, match="needs a closure in the pugd phase with radius > 0, but got closure=None"):
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("settings", [{"phase": "sgd"}, {"radius": 0.0}, {}])
def test_a_zero_gradient_leaves_the_weights_to_weight_decay_alone(settings: dict[str, Any], dtype: torch.dtype) -> None:
    p = nn.Parameter(torch.ones(3, dtype=dtype))
    optimizer = PUGD([p], lr=0.5, weight_decay=0.1, **settings)

    def closure() -> Tensor:
        p.grad = torch.zeros_like(p)
        return (p * 0.0).sum()

    optimizer.step(closure)
    assert torch.allclose(p.detach(), torch.full((3,), 0.95, dtype=dtype))


def test_weights_of_zero_are_not_perturbed_and_stay_finite() -> None:
    p, optimizer = one_parameter([0.0, 0.0], [3.0, 4.0])
    optimizer.first_step()
    assert torch.equal(p.detach(), torch.zeros(2, dtype=torch.float64))
    p.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    optimizer.second_step()
    assert torch.allclose(p.detach(), torch.tensor([-0.06, -0.08], dtype=torch.float64))


@pytest.mark.parametrize("settings", [{"phase": "sgd"}, {"radius": 0.0}, {}])
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_does_not_crash_the_step(settings: dict[str, Any], bad: float) -> None:
    p, optimizer = one_parameter([1.0, 2.0], None, **settings)

    def closure() -> Tensor:
        p.grad = torch.tensor([bad, 1.0], dtype=torch.float64)
        return p.sum()

    optimizer.step(closure)
    assert not optimizer.grad_norm().isfinite()


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


def test_a_perturbed_pass_that_fails_leaves_the_old_weights_and_a_usable_optimizer() -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.parameters(), lr=0.1)
    inner = closure_of(net, batch(0, torch.float64))
    calls = []

    def failing() -> Tensor:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return inner()

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(failing)
    assert_equal(net, Net(torch.float64))
    optimizer.step(inner)


def test_a_parameter_left_out_of_the_perturbed_pass_counts_as_zero_there() -> None:
    p, optimizer = one_parameter([1.0, 1.0], [3.0, 4.0], scale=2.0)
    optimizer.first_step()
    optimizer.second_step()
    assert torch.allclose(p.detach(), torch.tensor([0.94, 0.92], dtype=torch.float64))


def test_the_gradient_norm_runs_over_all_groups_and_is_zero_without_gradients() -> None:
    p, q = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(2))
    optimizer = PUGD([{"params": [p]}, {"params": [q]}], lr=0.1)
    assert optimizer.grad_norm().item() == 0.0
    p.grad, q.grad = torch.tensor([3.0]), torch.tensor([0.0, -4.0])
    norm = optimizer.grad_norm()
    assert norm.shape == ()
    assert norm.item() == pytest.approx(5.0)


def test_a_parameter_frozen_later_is_left_alone_though_it_still_has_a_gradient() -> None:
    p, optimizer = one_parameter([1.0], [2.0], phase="sgd", weight_decay=0.1)
    p.requires_grad_(False)
    optimizer.step()
    assert p.item() == 1.0
    assert optimizer.grad_norm().item() == 0.0


@pytest.mark.parametrize("settings", [{"phase": "sgd"}, {"radius": 0.0}])
def test_a_step_without_any_gradient_changes_nothing(settings: dict[str, Any]) -> None:
    p, optimizer = one_parameter([1.0], None, weight_decay=0.1, **settings)
    optimizer.step()
    assert p.item() == 1.0


def test_a_pugd_step_without_any_gradient_changes_nothing() -> None:
    p, optimizer = one_parameter([1.0], None, weight_decay=0.1)
    optimizer.first_step()
    optimizer.second_step()
    assert p.item() == 1.0


def test_first_and_second_step_must_take_turns() -> None:
    p, optimizer = one_parameter([1.0], [2.0])
    with pytest.raises(ValueError, match=r"second_step\(\) must follow first_step\(\)"):
        optimizer.second_step()
    optimizer.first_step()
    with pytest.raises(ValueError, match=r"first_step\(\) must be followed by second_step\(\)"):
        optimizer.first_step()
    p.grad = torch.tensor([2.0], dtype=torch.float64)
    optimizer.second_step()


def test_first_step_is_refused_in_the_sgd_phase() -> None:
    _, optimizer = one_parameter([1.0], [2.0], phase="sgd")
    with pytest.raises(ValueError, match="belongs to the pugd phase, but got phase='sgd'"):
        optimizer.first_step()


@pytest.mark.parametrize(
    ("name", "legal", "illegal"),
    [
        ("lr", 0.0, -0.1),
        ("momentum", 0.0, -0.1),
        ("momentum", 0.999, 1.0),
        ("weight_decay", 0.0, -1e-9),
        ("radius", 0.0, -1.0),
        ("radius", 1e9, float("inf")),
        ("scale", 0.0, float("nan")),
    ],
)
def test_settings_are_checked_on_both_sides_of_their_edges(name: str, legal: float, illegal: float) -> None:
    one_parameter([1.0], None, **{name: legal})
    with pytest.raises(ValueError, match=rf"{name} must be in \[0, (1|inf)\), but got {name}={illegal}"):
        one_parameter([1.0], None, **{name: illegal})
    _, optimizer = one_parameter([1.0], None)
    with pytest.raises(ValueError, match=f"{name} must be in"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(1))], name: illegal})
    assert len(optimizer.param_groups) == 1


def test_an_unknown_phase_is_refused_at_once_and_when_it_is_set_later() -> None:
    with pytest.raises(ValueError, match="phase must be one of sgd, pugd and the same in all groups"):
        one_parameter([1.0], None, phase="sam")
    _, optimizer = one_parameter([1.0], [1.0], phase="sgd")
    optimizer.param_groups[0]["phase"] = "sdg"
    with pytest.raises(ValueError, match="phase must be one of sgd, pugd and the same in all groups"):
        optimizer.step()


def test_groups_of_different_phase_are_refused_at_once_and_when_set_later() -> None:
    p, q = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match="the same in all groups"):
        PUGD([{"params": [p], "phase": "sgd"}, {"params": [q]}], lr=0.1)
    optimizer = PUGD([{"params": [p]}, {"params": [q]}], lr=0.1, phase="sgd")
    optimizer.param_groups[1]["phase"] = "pugd"
    with pytest.raises(ValueError, match="the same in all groups"):
        optimizer.step()
