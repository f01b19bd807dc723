"""LookSAM, GSAM and Friendly SAM as steps of the optimizer: against twins from the papers, and at the edges."""

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.conftest import small_config
from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from tests.trainables.core.optimizer.sam_twins import CONFIGS, METHODS, RHO, SETTINGS, TWINS
from trainables.core.history.lineage import epoch_settings
from trainables.core.optimizer.pugd import PUGD


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("step", ["reference", "fused"])
def test_a_method_is_the_published_one_also_after_a_resume_from_its_state_dict(method: str, step: str) -> None:
    net, slow = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.parameters(), **SETTINGS, radius=RHO, phase=method, step=step, **METHODS[method])
    twin, costs = TWINS[method](slow, **METHODS[method]), []
    for number in range(11):
        if number == 5:
            state, optimizer = optimizer.state_dict(), PUGD(net.parameters(), lr=1.0, step=step)
            optimizer.load_state_dict(state)
        costs.append(optimizer.gradients_per_step)
        optimizer.step(closure_of(net, batch(number, torch.float64)))
        twin(closure_of(slow, batch(number, torch.float64)))
    for p, other in zip(net.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p, other, rtol=1e-9, atol=1e-12)
    assert costs == ([2, 1, 1] * 4)[:11] if method == "looksam" else [2] * 11


@pytest.mark.parametrize("method", METHODS)
def test_at_radius_zero_the_step_is_that_of_sgd(method: str) -> None:
    net, plain = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.parameters(), **SETTINGS, radius=0.0, phase=method, **METHODS[method])
    sgd = PUGD(plain.parameters(), **SETTINGS, phase="sgd")
    for number in range(3):
        for stepped, one in ((net, optimizer), (plain, sgd)):
            one.step(closure_of(stepped, batch(number, torch.float64)))
    assert_equal(net, plain)
    settings = epoch_settings(
        small_config(radius={"value": 0.0}, perturbation={"kind": method, **CONFIGS[method]}), 3, 2
    )
    assert (settings.phase, settings.every) == ("sgd", 1)


@pytest.mark.parametrize("method", METHODS)
def test_gradients_of_zero_leave_the_weights_finite(method: str) -> None:
    p = nn.Parameter(torch.ones(3))
    optimizer = PUGD([p], lr=0.1, phase=method, **METHODS[method])

    def closure() -> Tensor:
        p.grad = torch.zeros(3)
        return p.sum()

    for _ in range(4):
        optimizer.step(closure)
    assert p.tolist() == [1.0] * 3


@pytest.mark.parametrize("method", METHODS)
def test_a_perturbed_pass_that_fails_changes_nothing_that_is_kept(method: str) -> None:
    net = Net(torch.float64)
    optimizer = PUGD(net.parameters(), **SETTINGS, radius=RHO, phase=method, **METHODS[method])
    for number in range(3):
        optimizer.step(closure_of(net, batch(number, torch.float64)))
    before = {p: {name: value.clone() for name, value in kept.items()} for p, kept in optimizer.state.items()}
    calls = []

    def failing() -> Tensor:
        calls.append(1)
        if len(calls) == 2:
            raise ValueError("no second pass")
        return closure_of(net, batch(3, torch.float64))()

    with pytest.raises(ValueError, match="no second pass"):
        optimizer.step(failing)
    after = optimizer.state
    assert all(torch.equal(value, after[p][name]) for p, kept in before.items() for name, value in kept.items())
