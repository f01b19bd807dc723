"""LookSAM, GSAM and Friendly SAM against twins from the papers and another package; their state and their costs."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from tests.trainables.core.tape import Tape
from tests.trainables.core.test_on_emulated_gpu import engine_of, without_waiting
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings, epoch_settings
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import PerturbationConfig
from trainables.core.settings.section import ConfigError

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
RHO = 0.3
Step = Callable[[Callable[[], Tensor]], Any]
METHODS: dict[str, dict[str, Any]] = {
    "looksam": {"every": 3, "alpha": 0.6},
    "gsam": {"alpha": 0.3},
    "friendly_sam": {"sigma": 0.7, "decay": 0.8},
}
CONFIGS: dict[str, dict[str, Any]] = {
    "looksam": {"k": 3, "alpha": 0.6},
    "gsam": {"alpha": 0.3},
    "friendly_sam": {"sigma": 0.7, "decay": 0.8},
}


class Flat:
    """The weights and the gradient of a net as one vector each, as the papers write them."""

    def __init__(self, net: Net, closure: Callable[[], Tensor]) -> None:
        self._closure = closure
        closure()
        self.used = [p for p in net.parameters() if p.requires_grad and p.grad is not None]
        self.w, self.g = self._joined([p.detach() for p in self.used]), self._gradient()

    def _joined(self, tensors: list[Any]) -> Tensor:
        return torch.cat([x.flatten() for x in tensors]).clone()

    def _gradient(self) -> Tensor:
        return self._joined([p.grad for p in self.used])

    def gradient_at(self, w: Tensor) -> Tensor:
        """The gradient of the same mini-batch elsewhere."""
        self._put(w)
        self._closure()
        gradient = self._gradient()
        self._put(self.w)
        return gradient

    def _put(self, w: Tensor) -> None:
        for p, values in zip(self.used, w.split([p.numel() for p in self.used]), strict=True):
            p.data = values.view(p.shape).clone()

    def descend(self, base: torch.optim.SGD, u: Tensor) -> None:
        for p, values in zip(self.used, u.split([p.numel() for p in self.used]), strict=True):
            p.grad = values.view(p.shape).clone()
        base.step()


def looksam(net: Net, every: int, alpha: float) -> Step:
    """Liu et al. 2022, algorithm 1."""
    base, kept, t = torch.optim.SGD(net.parameters(), **SETTINGS), list[Tensor](), iter(range(1000))

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        g = flat.g
        if next(t) % every == 0:
            g_s = flat.gradient_at(flat.w + RHO * g / g.norm())
            cos = (g @ g_s) / (g.norm() * g_s.norm())
            kept[:] = [g_s - g_s.norm() * cos * g / g.norm()]
            flat.descend(base, g_s)
        else:
            flat.descend(base, g + alpha * g.norm() / kept[0].norm() * kept[0])

    return step


def gsam(net: Net, alpha: float) -> Step:
    """Zhuang et al. 2022, algorithm 1."""
    base = torch.optim.SGD(net.parameters(), **SETTINGS)

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        g_p = flat.gradient_at(flat.w + RHO * flat.g / flat.g.norm())
        along = (flat.g @ g_p) / g_p.norm() ** 2 * g_p
        flat.descend(base, g_p - alpha * (flat.g - along))

    return step


def friendly_sam(net: Net, sigma: float, decay: float) -> Step:
    """Li et al. 2024: m is the moving average that includes this step's gradient, and begins at zero."""
    base, means = torch.optim.SGD(net.parameters(), **SETTINGS), list[Tensor]()

    def step(closure: Callable[[], Tensor]) -> None:
        flat = Flat(net, closure)
        before = means[0] if means else torch.zeros_like(flat.g)
        means[:] = [decay * before + (1 - decay) * flat.g]
        d = flat.g - sigma * means[0]
        flat.descend(base, flat.gradient_at(flat.w + RHO * d / d.norm()))

    return step


TWINS: dict[str, Callable[..., Step]] = {"looksam": looksam, "gsam": gsam, "friendly_sam": friendly_sam}


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


def one_matrix() -> nn.Parameter:
    return nn.Parameter(torch.randn(17, 17, generator=torch.Generator().manual_seed(3), dtype=torch.float64))


def closure_on(p: nn.Parameter, number: int) -> Callable[[], Tensor]:
    x = batch(number, torch.float64)

    def closure() -> Tensor:
        p.grad = None
        loss = (torch.tanh(x @ p) - x.flip(1)).square().mean()
        loss.backward()
        return loss

    return closure


def test_looksam_agrees_with_another_implementation_on_one_tensor() -> None:
    # That implementation has a norm of its own for each tensor, where the paper has one; with one tensor they agree.
    from pytorch_optimizer import LookSAM

    mine, theirs = one_matrix(), one_matrix()
    optimizer = PUGD([mine], **SETTINGS, radius=RHO, phase="looksam", every=3, alpha=0.6)
    other = LookSAM([theirs], torch.optim.SGD, rho=RHO, k=3, alpha=0.6, **SETTINGS)
    for number in range(8):
        optimizer.step(closure_on(mine, number))
        closure_on(theirs, number)()
        other.first_step()
        closure_on(theirs, number)()
        other.second_step()
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)  # its norm has single precision


def test_gsam_agrees_with_another_implementation() -> None:
    from pytorch_optimizer import GSAM

    class Constant:
        def step(self) -> float:
            return RHO

    net, other = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.parameters(), **SETTINGS, radius=RHO, phase="gsam", alpha=0.3)
    trained = [p for name, p in other.named_parameters() if p.requires_grad and "unused" not in name]
    base = torch.optim.SGD(trained, **SETTINGS)
    theirs = GSAM(trained, base, other, Constant(), alpha=0.3)
    for number in range(8):
        x = batch(number, torch.float64)
        optimizer.step(closure_of(net, x))
        theirs.set_closure(lambda found, wanted: (found - wanted).square().mean(), x, x.flip(1))
        theirs.step()
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-7)


def test_friendly_sam_agrees_with_another_implementation_from_the_same_mean_on() -> None:
    # That implementation begins with m = g and subtracts the mean before this step. The paper begins with m = 0 and
    # subtracts the mean with this step, which for sigma 1 has the same direction.
    from pytorch_optimizer import FriendlySAM

    mine, theirs = one_matrix(), one_matrix()
    optimizer = PUGD([mine], **SETTINGS, radius=RHO, phase="friendly_sam", sigma=1.0, decay=0.8)
    other = FriendlySAM([theirs], torch.optim.SGD, rho=RHO, sigma=1.0, lmbda=0.8, **SETTINGS)
    for number in range(8):
        optimizer.step(closure_on(mine, number))
        closure_on(theirs, number)()
        other.first_step()
        if number == 0:
            optimizer.state[mine]["friendly_mean"].copy_(other.state[theirs]["momentum"])
        closure_on(theirs, number)()
        other.second_step()
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)


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


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("step", "precision"), [("reference", "fp32"), ("fused", "fp32"), ("reference", "bf16")])
def test_an_interrupted_trial_ends_bit_identical(
    digits: Dataset, tmp_path: Path, method: str, step: str, precision: str
) -> None:
    config = small_config(
        4, 1, perturbation={"kind": method, **CONFIGS[method]}, training={"step": step, "precision": precision}
    )
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    records = [outcome.stored.record for outcome in outcomes]
    assert [record.phase for record in records] == ["sgd", method, method, method]
    # Of the steps 4 to 15, LookSAM perturbs 6; 9; 12 and 15.
    costs = [4, 9, 14, 20] if method == "looksam" else [4, 12, 20, 28]
    assert [record.gradient_evaluations for record in records] == costs
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 2))
    resumed = trial(config, digits, tmp_path / "cut", "sweep/1")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert resumed.computed == costs[3] - costs[1]
    assert_equal_weights(weights(resumed), weights(whole))


@pytest.mark.parametrize("method", METHODS)
def test_recorded_steps_do_not_wait_and_are_those_of_the_cpu(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    tape, perturbation = Tape(), PerturbationConfig.from_dict({"kind": method, **CONFIGS[method]})
    settings = EpochSettings(method, 0.05, 0.1, None, "both", False, perturbation, every=perturbation.k or 1)
    plain = engine_of(digits, "small", "cpu", "reference", batch_size=16)
    recorded = engine_of(digits, "small", "cuda", recorder=tape, batch_size=16)
    without_waiting(recorded, card, monkeypatch)
    for epoch in range(2):
        assert recorded.train_epoch(epoch, settings) == plain.train_epoch(epoch, settings)
    kinds = 2 if method == "looksam" else 1
    assert (tape.made, tape.replays) == (2 * kinds, 2 * (8 - kinds))
    assert tape.left_behind() == 0
    assert recorded.dump() == plain.dump()


@pytest.mark.parametrize(
    ("perturbation", "rule"),
    [
        ({"kind": "looksam", "alpha": 0.7}, "k: is needed by looksam"),
        ({"kind": "looksam", "alpha": 0.7, "k": 0}, "k: must be >= 1, but got 0"),
        ({"kind": "looksam", "alpha": 0.7, "k": 1_000_001}, "k: must be <= 1,000,000"),
        ({"kind": "gsam", "alpha": -0.1}, "alpha: must be >= 0 and finite"),
        ({"kind": "gsam", "alpha": 0.1, "k": 2}, "k: is not used by gsam"),
        ({"kind": "friendly_sam", "sigma": -1.0, "decay": 0.9}, "sigma: must be >= 0 and finite"),
        ({"kind": "friendly_sam", "sigma": 1.0, "decay": 1.0}, r"decay: must be in \[0, 1\)"),
        ({"kind": "friendly_sam", "sigma": 1.0, "decay": 0.9, "q": 3.0}, "q: is not used by friendly_sam"),
    ],
)
def test_an_illegal_setting_is_refused(perturbation: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        small_config(perturbation=perturbation)


def test_each_setting_is_a_lineage_and_looksam_has_a_k_of_its_own() -> None:
    found = {name: addresses(small_config(perturbation={"kind": name, **given})) for name, given in CONFIGS.items()}
    found["other k"] = addresses(small_config(perturbation={"kind": "looksam", "k": 2, "alpha": 0.6}))
    found["other decay"] = addresses(small_config(perturbation={"kind": "friendly_sam", "sigma": 0.7, "decay": 0.9}))
    assert len({keys[-1] for keys in found.values()}) == len(found)
    assert len({tuple(keys[:3]) for keys in found.values()}) == 1
    timing = {"rule": "epoch", "switch_epoch": 2, "every": 4}
    assert (
        addresses(small_config(timing=timing, perturbation={"kind": "looksam", **CONFIGS["looksam"]}))
        == found["looksam"]
    )
