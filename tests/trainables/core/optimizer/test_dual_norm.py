"""Perturbations in a ball of another norm: the closed form, its limits, and q 2 as it was."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainables.core.conftest import small_config
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.little_net import Net, batch, closure_of, one_parameter
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.optimizer.perturbations import pugd, sam
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "radius": 0.3}


def slow_eps(d: list[float], radius: float, q: float) -> list[float]:
    """SAM's equation 2, number by number."""
    one_over_p = 1.0 - 1.0 / q
    total = sum(abs(x) ** q for x in d) ** one_over_p
    return [radius * (1 if x > 0 else -1 if x < 0 else 0) * abs(x) ** (q - 1.0) / total for x in d]


def slow_step(net: Net, phase: str, q: float) -> Callable[[Callable[[], Tensor]], None]:
    base = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)

    def step(closure: Callable[[], Tensor]) -> None:
        closure()
        used = [p for p in net.parameters() if p.grad is not None]
        g = [p.grad.clone() for p in used if p.grad is not None]
        d = [p.abs().detach() * x if phase == "pugd" else x for p, x in zip(used, g, strict=True)]
        flat = slow_eps([float(x) for part in d for x in part.flatten()], 0.3, q)
        before = [p.detach().clone() for p in used]
        start = 0
        for p in used:
            p.data += torch.tensor(flat[start : start + p.numel()], dtype=p.dtype).view(p.shape)
            start += p.numel()
        closure()
        for p, home, x in zip(used, before, g, strict=True):
            p.data = home
            if phase == "pugd":
                p.grad = x + p.grad if p.grad is not None else x
        if phase == "pugd":
            norm = torch.cat([p.grad.flatten() for p in used if p.grad is not None]).norm()
            for p in used:
                assert p.grad is not None
                p.grad /= norm
        base.step()

    return step


@pytest.mark.parametrize("phase", ["pugd", "sam"])
@pytest.mark.parametrize("q", [1.0, 1.001, 1.5, 3.0, 17.0])
@pytest.mark.parametrize("step", ["reference", "fused"])
def test_a_step_agrees_with_the_closed_form(phase: str, q: float, step: str) -> None:
    net, slow = Net(torch.float64), Net(torch.float64)
    steps = PUGD(net.parameters(), **SETTINGS, phase=phase, q=q, step=step).step, slow_step(slow, phase, q)
    for number in range(4):
        for stepped, do in zip((net, slow), steps, strict=True):
            do(closure_of(stepped, batch(number, torch.float64)))
    for p, other in zip(net.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("step", ["reference", "fused"])
def test_q_2_is_what_it_was_bit_for_bit_also_after_another_q(step: str) -> None:
    net, plain = Net(torch.float32), Net(torch.float32)
    optimizer = PUGD(net.parameters(), **SETTINGS, q=2.0, step=step)
    optimizers = optimizer, PUGD(plain.parameters(), **SETTINGS, step=step)
    for number in range(6):
        optimizer.param_groups[0]["q"] = 3.0 if number == 2 else 2.0
        for stepped, one in zip((net, plain), optimizers, strict=True):
            if number != 2:
                one.step(closure_of(stepped, batch(number, torch.float32)))
    assert all(torch.equal(p, other) for p, other in zip(net.parameters(), plain.parameters(), strict=True))


def test_q_1_moves_all_weights_equally_far_and_a_large_q_moves_one() -> None:
    g = [torch.tensor([3.0, -0.5], dtype=torch.float64), torch.tensor([0.0, 1.0], dtype=torch.float64)]
    same = sam(g, [0.2, 0.2], q=1.0)
    assert torch.cat(same).tolist() == pytest.approx([0.2, -0.2, 0.0, 0.2], rel=1e-9)
    (most, least), (_, other) = (x.tolist() for x in sam(g, [0.2, 0.2], q=100.0))
    assert most == pytest.approx(0.2)
    assert abs(least) < 1e-70
    assert other < 1e-40


@pytest.mark.parametrize("q", [1.0, 1.5, 7.0, 100.0])
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_nothing_overflows_and_the_radius_is_that_of_the_dual_norm(q: float, size: float) -> None:
    w, g = [torch.tensor([1.0, 2.0, -0.1])], [torch.tensor([1.0, -3.0, 0.2]) * size]
    p = float("inf") if q == 1.0 else q / (q - 1.0)
    for (eps,) in (sam(g, [0.5], q=q), pugd(w, g, [0.5], q=q)):
        assert float(torch.linalg.vector_norm(eps.double(), p)) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("q", [1.0, 1.5, 7.0])
@pytest.mark.parametrize("phase", ["pugd", "sam"])
def test_a_gradient_of_zero_moves_nothing(phase: str, q: float) -> None:
    p, optimizer = one_parameter([1.0, -2.0], [0.0, 0.0], phase=phase, q=q)
    optimizer.first_step()
    assert p.tolist() == [1.0, -2.0]
    (eps,) = sam([torch.zeros(0, 3), torch.zeros(2)][1:], [1.0], q=q)
    assert eps.tolist() == [0.0, 0.0]


def test_an_empty_parameter_takes_part_in_no_norm() -> None:
    empty, eps = sam([torch.zeros(0, 3), torch.tensor([2.0])], [1.0, 1.0], q=3.0)
    assert (empty.numel(), eps.tolist()) == (0, [pytest.approx(1.0)])


@pytest.mark.parametrize(
    ("perturbation", "rule"),
    [
        ({"kind": "asam", "eta": 0.01, "q": 3.0}, "q: is not used by asam: leave it out"),
        ({"kind": "amp", "inner_lr": 1.0, "inner_steps": 1, "q": 2.0}, "q: is not used by amp"),
        ({"q": 0.99}, "q: must be >= 1, but got 0.99"),
        ({"q": 100.5}, "q: must be <= 100.0, but got 100.5"),
        ({"q": float("nan")}, "q: must be >= 1"),
    ],
)
def test_an_illegal_q_is_refused(perturbation: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        small_config(perturbation=perturbation)


def test_q_2_has_the_address_of_before_and_another_q_one_of_its_own() -> None:
    for kind in ("pugd", "sam"):
        plain = addresses(small_config(perturbation={"kind": kind}))
        assert addresses(small_config(perturbation={"kind": kind, "q": 2.0})) == plain
        other = addresses(small_config(perturbation={"kind": kind, "q": 3.0}))
        assert other[:3] == plain[:3]
        assert other[3] != plain[3]
    assert addresses(small_config(perturbation={"kind": "sam"}))[-1][:12] == SAM_OF_BEFORE


SAM_OF_BEFORE = "1263089beb4e"


@pytest.mark.parametrize("step", ["reference", "fused"])
def test_a_resumed_trial_is_bit_identical(digits: Dataset, tmp_path: Path, step: str) -> None:
    config: TrialConfig = small_config(perturbation={"q": 1.5}, training={"step": step})
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    assert [outcome.stored.record.phase for outcome in outcomes] == ["sgd", "sgd", "pugd", "pugd"]
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 3))
    resumed = trial(config, digits, tmp_path / "cut")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert_equal_weights(weights(resumed), weights(whole))
    plain = trial(small_config(training={"step": step}), digits, tmp_path / "plain")
    assert figures(list(plain.epochs()))[2:] != figures(outcomes)[2:]
