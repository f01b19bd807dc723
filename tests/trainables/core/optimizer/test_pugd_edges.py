"""PUGD in special cases: no gradients, values that are not finite, steps in the wrong order, illegal settings."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.little_net import (
    Net,
    assert_equal,
    batch,
    closure_of,
    one_parameter,
)
from trainables.core.optimizer.pugd import PUGD


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
    with pytest.raises(ValueError, match="belongs to a phase that perturbs, but got phase='sgd'"):
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


METHODS = "sgd, pugd, sam, asam, amp, looksam, gsam, friendly_sam, path_sgd"
PHASES = f"phase must be one of {METHODS} and the same in all groups"


def test_an_unknown_phase_is_refused_at_once_and_when_it_is_set_later() -> None:
    with pytest.raises(ValueError, match=PHASES):
        one_parameter([1.0], None, phase="adam")
    _, optimizer = one_parameter([1.0], [1.0], phase="sgd")
    optimizer.param_groups[0]["phase"] = "sdg"
    with pytest.raises(ValueError, match=PHASES):
        optimizer.step()


def test_groups_of_different_phase_are_refused_at_once_and_when_set_later() -> None:
    p, q = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match="the same in all groups"):
        PUGD([{"params": [p], "phase": "sgd"}, {"params": [q]}], lr=0.1)
    optimizer = PUGD([{"params": [p]}, {"params": [q]}], lr=0.1, phase="sgd")
    optimizer.param_groups[1]["phase"] = "pugd"
    with pytest.raises(ValueError, match="the same in all groups"):
        optimizer.step()
