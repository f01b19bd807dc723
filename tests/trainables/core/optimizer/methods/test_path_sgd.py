"""Path-SGD against a slow twin, its invariance, dead paths, and its trials."""

from collections.abc import Callable
from copy import deepcopy
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.optimizer.path_sums import chain, slow_gammas, tiny_convolutions, tiny_mlp
from tests.trainables.core.tape import Tape
from tests.trainables.core.test_on_emulated_gpu import engine_of, without_waiting
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.optimizer.path_network import PathNetwork
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import PerturbationConfig

SETTINGS: dict[str, Any] = {"lr": 1e-3, "momentum": 0.9, "weight_decay": 5e-4}
MODEL = {"name": "small", "options": {"norm": False}}


def closure_of(model: nn.Module, image: tuple[int, int, int], number: int) -> Callable[[], Tensor]:
    generator = torch.Generator().manual_seed(number)
    x = torch.randn(4, *image, dtype=torch.float64, generator=generator)
    wanted = torch.randint(0, 2, (4,), generator=generator)

    def closure() -> Tensor:
        model.zero_grad()
        loss = functional.cross_entropy(model(x), wanted)
        loss.backward()
        return loss

    return closure


def path_sgd(model: nn.Module, image: tuple[int, int, int], **settings: Any) -> PUGD:
    optimizer = PUGD(model.parameters(), **{**SETTINGS, **settings}, phase="path_sgd")
    optimizer.paths = PathNetwork(model, image)
    return optimizer


@pytest.mark.parametrize("step", ["reference", "fused"])
@pytest.mark.parametrize(("build", "image"), [(tiny_mlp, (1, 2, 2)), (tiny_convolutions, (1, 4, 4))])
def test_the_steps_are_those_of_a_slow_twin_also_after_a_resume(
    build: Callable[[], nn.Sequential], image: tuple[int, int, int], step: str
) -> None:
    model, slow = build(), build()
    optimizer, base = path_sgd(model, image, step=step), torch.optim.SGD(slow.parameters(), **SETTINGS)
    for number in range(4):
        if number == 2:
            state, optimizer = optimizer.state_dict(), path_sgd(model, image, step=step)
            optimizer.load_state_dict(state)
        assert optimizer.gradients_per_step == 1
        optimizer.step(closure_of(model, image, number))
        closure_of(slow, image, number)()
        for p, gamma in slow_gammas(slow, image).items():
            assert p.grad is not None
            p.grad /= gamma
        base.step()
    for p, other in zip(model.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p, other, rtol=1e-9, atol=1e-12)


def rescaled(model: nn.Sequential) -> nn.Sequential:
    """The same function: what enters each hidden unit times a factor of its own, and what leaves it divided by it."""
    other, generator = deepcopy(model), torch.Generator().manual_seed(1)
    layers: list[Any] = [layer for layer in other if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer, following in pairwise(layers):
        factors = torch.rand(len(layer.weight), generator=generator, dtype=torch.float64) * 10 + 0.1
        layer.weight.data *= factors.view(-1, *[1] * (layer.weight.dim() - 1))
        layer.bias.data *= factors
        following.weight.data /= factors.view(1, -1, *[1] * (following.weight.dim() - 2))
    return other


@pytest.mark.parametrize("phase", ["path_sgd", "sgd"])
@pytest.mark.parametrize(("build", "image"), [(tiny_mlp, (1, 2, 2)), (tiny_convolutions, (1, 4, 4))])
def test_a_rescaling_of_the_units_changes_no_step_of_path_sgd_but_those_of_sgd(
    build: Callable[[], nn.Sequential], image: tuple[int, int, int], phase: str
) -> None:
    model = build()
    other, x = rescaled(model), torch.randn(5, *image, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for net in (model, other):
        optimizer = path_sgd(net, image, nesterov=True)
        optimizer.param_groups[0]["phase"] = phase
        for number in range(6):
            optimizer.param_groups[0]["lr"] = 1e-3 * (6 - number)
            optimizer.step(closure_of(net, image, number))
    found, same = model(x), other(x)
    if phase == "path_sgd":
        torch.testing.assert_close(same, found, rtol=1e-9, atol=0.0)
        assert (found - build()(x)).abs().max() > 1e-3
    else:
        assert (same - found).abs().max() > 1e-6


def test_a_weight_whose_paths_are_dead_waits_and_an_overflow_is_not_hidden() -> None:
    model = chain(nn.Flatten(), nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 2))
    layers: Any = model
    layers[3].weight.data[:, 0] = 0.0
    optimizer, before = path_sgd(model, (1, 2, 2), weight_decay=0.0), layers[1].weight.detach().clone()
    optimizer.step(closure_of(model, (1, 2, 2), 0))
    assert torch.equal(layers[1].weight[0], before[0])
    assert not torch.equal(layers[1].weight[1], before[1])
    assert all(bool(p.isfinite().all()) for p in model.parameters())
    layers[3].weight.data.fill_(1e200)
    optimizer.step(closure_of(model, (1, 2, 2), 1))
    assert bool(layers[1].weight.isnan().any())


def test_without_a_path_network_a_step_is_refused_and_changes_nothing() -> None:
    model = tiny_mlp()
    optimizer, before = path_sgd(model, (1, 2, 2)), deepcopy(model.state_dict())
    optimizer.paths = None
    with pytest.raises(ValueError, match=r"phase path_sgd needs the network: set optimizer\.paths = PathNetwork"):
        optimizer.step(closure_of(model, (1, 2, 2), 0))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("step", "precision"),
    [
        ("fused", "fp32"),
        pytest.param("reference", "fp32", marks=pytest.mark.campaign),
        pytest.param("reference", "bf16", marks=pytest.mark.campaign),
    ],
)
def test_an_interrupted_trial_ends_bit_identical(digits: Dataset, tmp_path: Path, step: str, precision: str) -> None:
    training = {"step": step, "precision": precision, "lr": 1e-3}
    config = small_config(4, 1, perturbation={"kind": "path_sgd"}, training=training, model=MODEL)
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    records = [outcome.stored.record for outcome in outcomes]
    assert [(record.phase, record.radius, record.scale) for record in records[1:]] == [("path_sgd", None, None)] * 3
    assert [record.gradient_evaluations for record in records] == [4, 8, 12, 16]
    assert records[-1].train_loss < records[0].train_loss
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 2))
    resumed = trial(config, digits, tmp_path / "cut", "sweep/1")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert_equal_weights(weights(resumed), weights(whole))


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.campaign), 2])
def test_recorded_steps_do_not_wait_and_are_those_of_the_cpu(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    tape, perturbation = Tape(), PerturbationConfig("path_sgd")
    settings = EpochSettings("path_sgd", 1e-3, perturbation=perturbation, every=every)
    plain = engine_of(digits, "plain", "cpu", "reference", batch_size=16)
    recorded = engine_of(digits, "plain", "cuda", recorder=tape, batch_size=16)
    without_waiting(recorded, card, monkeypatch)
    for epoch in range(2):
        assert recorded.train_epoch(epoch, settings) == plain.train_epoch(epoch, settings)
    assert (tape.made, tape.replays) == (2 * every, 2 * (8 - every))
    assert tape.left_behind() == 0
    assert recorded.dump() == plain.dump()


def test_neither_radius_nor_scale_is_part_of_its_address() -> None:
    method: dict[str, Any] = {"model": MODEL, "perturbation": {"kind": "path_sgd"}}
    found = addresses(small_config(**method))
    assert addresses(small_config(**method, radius={"value": 0.0}, scale={"value": 2.0})) == found
    assert addresses(small_config(model=MODEL))[-1] != found[-1]
    assert addresses(small_config(**method, timing={"rule": "epoch", "switch_epoch": 2, "every": 2}))[-1] != found[-1]
