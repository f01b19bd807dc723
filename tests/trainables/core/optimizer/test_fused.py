"""The fused step computes what the reference computes, also when parameters are changed between the steps."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from trainables.core.optimizer import fused, layout
from trainables.core.optimizer.pugd import PUGD, STEPS
from trainables.core.settings import config

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
POINTS: dict[str, dict[str, Any]] = {
    "sgd": {"phase": "sgd"},
    "ngd": {"radius": 0.0},
    "pugd": {},
    "radius and scale": {"radius": 0.3, "scale": 1.7},
    "without momentum": {"momentum": 0.0},
    "without weight decay": {"weight_decay": 0.0},
}
OTHERS: dict[str, dict[str, Any]] = {
    "sam": {"phase": "sam", "radius": 0.05},
    "asam": {"phase": "asam", "radius": 0.5},
    "amp": {"phase": "amp", "radius": 0.5, "inner_steps": 2},
}


@pytest.fixture(autouse=True, params=["many blocks", "one block"])
def small_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test twice: with blocks so small that the little net has many, and with the real block size."""
    if request.param == "many blocks":
        monkeypatch.setattr(layout, "BLOCK", 50)
        monkeypatch.setattr(layout, "SMALL", 20)


def net(dtype: torch.dtype = torch.float32) -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4))
    return layers.to(dtype)


def closure_of(model: nn.Module, batch: int, dtype: torch.dtype = torch.float32) -> Callable[[], Tensor]:
    generator = torch.Generator().manual_seed(batch)
    images = torch.randn(32, 1, 8, 8, generator=generator, dtype=dtype)
    labels = (images.mean((1, 2, 3)) > 0).long() + 2 * (images[:, 0, 0, 0] > 0).long()

    def closure() -> Tensor:
        model.zero_grad()
        loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    return closure


def flat(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def distance(one: nn.Module, two: nn.Module) -> float:
    return float((flat(one) - flat(two)).norm() / flat(one).norm())


def pair(dtype: torch.dtype = torch.float32, **settings: Any) -> list[tuple[nn.Sequential, PUGD]]:
    """Return the same net twice: with the reference step and with the fused step."""
    made = []
    for step in ("reference", "fused"):
        model = net(dtype)
        made.append((model, PUGD(model.named_parameters(), **{**SETTINGS, **settings, "step": step})))
    return made


def train(made: list[tuple[nn.Sequential, PUGD]], batches: range, dtype: torch.dtype = torch.float32) -> float:
    for model, optimizer in made:
        for batch in batches:
            optimizer.step(closure_of(model, batch, dtype))
    return distance(made[0][0], made[1][0])


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_fifty_steps_end_where_the_reference_ends(point: str, dtype: torch.dtype, close: float) -> None:
    made = pair(dtype, **POINTS[point])
    before = flat(made[0][0]).clone()
    assert train(made, range(50), dtype) < close
    assert float((flat(made[1][0]) - before).norm() / before.norm()) > 0.1, "the weights have gone somewhere"
    assert made[1][1]._step._layout is not None, "the fused step was the one at work"  # type: ignore[attr-defined]


@pytest.mark.parametrize("point", OTHERS)
def test_the_other_perturbations_are_those_of_the_reference(point: str) -> None:
    made = pair(**OTHERS[point])
    train(made, range(5))
    assert torch.equal(flat(made[0][0]), flat(made[1][0]))
    for _, optimizer in made:
        optimizer.param_groups[0].update(phase="pugd", radius=1.0)
    train(made, range(5, 8))
    for _, optimizer in made:
        optimizer.param_groups[0].update(OTHERS[point])
    assert train(made, range(8, 10)) < 1e-5


def test_groups_of_their_own_settings_and_frozen_parameters() -> None:
    made = []
    for step in ("reference", "fused"):
        model = net()
        model[1].bias.requires_grad_(False)
        groups = [
            {"params": [model[0].weight, model[1].weight], "radius": 0.5, "lr": 0.01},
            {"params": [model[4].weight, model[4].bias], "momentum": 0.0, "scale": 3.0},
            {"params": [model[0].bias, model[1].bias], "weight_decay": 0.1},
        ]
        made.append((model, PUGD(groups, **SETTINGS, step=step)))
    assert train(made, range(10)) < 1e-5


def test_the_phase_the_momentum_and_the_parameters_may_change_on_the_way() -> None:
    made = pair(phase="sgd")
    train(made, range(3))
    for _, optimizer in made:
        optimizer.param_groups[0].update(phase="pugd", lr=0.02)
    train(made, range(3, 6))
    for model, optimizer in made:
        optimizer.reset_momentum()
        model[0].weight.requires_grad_(False)
        model[0].weight.grad = None
    train(made, range(6, 9))
    for model, _ in made:
        model[4].weight.data = model[4].weight.data.clone() * 0.5  # somebody else moves a parameter
    assert train(made, range(9, 12)) < 1e-5


def test_between_the_steps_the_weights_are_perturbed_and_afterwards_exactly_restored() -> None:
    ((reference, slow), (model, optimizer)) = pair(lr=0.0)
    before = flat(model).clone()
    for some, stepper in ((reference, slow), (model, optimizer)):
        closure_of(some, 0)()
        stepper.first_step()
    assert distance(reference, model) < 1e-6
    assert float((flat(model) - before).norm()) == pytest.approx(1.0, rel=1e-4), "radius 1"
    closure_of(model, 0)()
    optimizer.second_step()
    assert torch.equal(flat(model), before)


def test_a_perturbed_pass_that_fails_leaves_the_old_weights() -> None:
    ((_, _), (model, optimizer)) = pair()
    before, calls = flat(model).clone(), []

    def failing() -> Tensor:
        calls.append(1)
        if len(calls) == 2:
            raise ValueError("no second pass")
        return closure_of(model, 0)()

    with pytest.raises(ValueError, match="no second pass"):
        optimizer.step(failing)
    assert torch.equal(flat(model), before)


def test_a_group_that_is_exchanged_counts_from_the_next_step() -> None:
    made = pair()
    train(made, range(3))
    for _, optimizer in made:
        optimizer.param_groups[0] = {**optimizer.param_groups[0], "lr": 0.3}
    assert train(made, range(3, 6)) < 1e-5


def test_it_goes_on_from_a_state_dict_a_copy_and_a_pickle() -> None:
    ((model, optimizer),) = pair()[1:]
    train([(model, optimizer), (model, optimizer)], range(3))
    whole = copy.deepcopy((model, optimizer))
    loaded = net()
    loaded.load_state_dict(model.state_dict())
    resumed = PUGD(loaded.parameters(), **SETTINGS, step="fused")
    resumed.load_state_dict(optimizer.state_dict())
    again, again_optimizer = pickle.loads(pickle.dumps((model, optimizer)))
    for some, stepper in (whole, (loaded, resumed), (again, again_optimizer)):
        for batch in range(3, 6):
            stepper.step(closure_of(some, batch))
    assert torch.equal(flat(loaded), flat(whole[0]))
    assert torch.equal(flat(again), flat(whole[0]))


def test_channels_last_parameters_keep_their_memory_order() -> None:
    made = []
    for step in ("reference", "fused"):
        model = net().to(memory_format=torch.channels_last)
        made.append((model, PUGD(model.parameters(), **SETTINGS, step=step)))
    stride = made[1][0][0].weight.stride()
    assert train(made, range(10)) < 1e-5
    assert made[1][0][0].weight.stride() == stride


def test_parameters_on_the_same_memory_and_of_two_types_are_left_where_they_are() -> None:
    for second in (lambda p: nn.Parameter(p.detach().view(-1)), lambda p: nn.Parameter(p.detach().double())):
        first = nn.Parameter(torch.randn(6, 6))
        other = second(first)
        address = first.data_ptr()
        optimizer = PUGD([first, other], **SETTINGS, step="fused")
        for p in (first, other):
            p.grad = torch.ones_like(p)
        optimizer.param_groups[0]["radius"] = 0.0
        optimizer.step()
        assert first.data_ptr() == address


def test_parameters_that_take_turns_are_not_moved_for_ever() -> None:
    ((model, optimizer),) = pair()[1:]
    address = 0
    for batch in range(2 * fused.MOST_LAYOUTS + 4):
        model[4].bias.requires_grad_(batch % 2 == 0)
        model[4].bias.grad = None
        optimizer.step(closure_of(model, batch))
        moved, address = address != model[0].weight.data_ptr(), model[0].weight.data_ptr()
    assert not moved
    assert flat(model).isfinite().all()


def test_the_settings_know_every_step() -> None:
    assert tuple(STEPS) == config.STEPS


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match="step must be one of reference, fused, but got step='fast'"):
        PUGD(net().parameters(), **SETTINGS, step="fast")
