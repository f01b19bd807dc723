"""A scale that follows the training: its formulas, its limits, its state over a resume, its mean in the record."""

import itertools
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.little_net import Net, batch, closure_of
from tests.trainables.core.tape import Tape
from tests.trainables.core.test_on_emulated_gpu import engine_of, without_waiting
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import ScaleConfig
from trainables.core.settings.scale_config import SCALE_RULES
from trainables.core.settings.section import ConfigError
from trainables.core.training.engine import Engine

SETTINGS: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "radius": 0.3}
LIMITS = {"norm_ratio": (1.3, 1.45), "cosine": (1.42, 1.47), "batch_variance": (0.0002, 0.007)}
"""Within the values of the first steps, so that some of them are at a limit."""
WIDE = {"value": 1.5, "beta_min": 0.0, "beta_max": 100.0}


def flat(tensors: list[Tensor]) -> Tensor:
    return torch.cat([x.flatten() for x in tensors])


def factor(rule: str, g: Tensor, g_star: Tensor, norms: list[float]) -> float:
    """The formulas of the documents, number by number."""
    if rule == "norm_ratio":
        return float(g_star.norm() / g.norm())
    if rule == "cosine":
        return (1.0 + float(g @ g_star) / float(g.norm() * g_star.norm())) / 2.0
    mean = sum(norms) / len(norms)
    return sum((norm - mean) ** 2 for norm in norms) / len(norms) / mean**2


def slow_step(net: Net, rule: str, window: int, told: list[float]) -> Callable[[Callable[[], Tensor]], None]:
    base = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    norms: list[float] = []

    def step(closure: Callable[[], Tensor]) -> None:
        closure()
        used = [p for p in net.parameters() if p.grad is not None]
        g = flat([p.grad for p in used if p.grad is not None]).clone()
        w = flat([p.detach() for p in used])
        eps = 0.3 * (w.abs() * g) / (w.abs() * g).norm()
        put(used, w + eps)
        closure()
        g_star = flat([p.grad for p in used if p.grad is not None])
        put(used, w)
        norms.append(float(g.norm()))
        s = min(max(1.5 * factor(rule, g, g_star, norms[-window:]), LIMITS[rule][0]), LIMITS[rule][1])
        told.append(s)
        mixed = s * g + g_star
        start = 0
        for p in used:
            p.grad = (mixed / mixed.norm())[start : start + p.numel()].view(p.shape).clone()
            start += p.numel()
        base.step()

    return step


def put(parameters: list[Any], values: Tensor) -> None:
    start = 0
    for p in parameters:
        p.data = values[start : start + p.numel()].view(p.shape).clone()
        start += p.numel()


@pytest.mark.parametrize("rule", SCALE_RULES)
@pytest.mark.parametrize("step", ["reference", "fused"])
def test_steps_agree_with_the_slow_twin_and_tell_their_scale(rule: str, step: str) -> None:
    net, slow = Net(torch.float64), Net(torch.float64)
    limits = {"scale_min": LIMITS[rule][0], "scale_max": LIMITS[rule][1], "scale_window": 4}
    optimizer = PUGD(net.parameters(), **SETTINGS, scale=1.5, scale_rule=rule, step=step, **limits)
    wanted, found = list[float](), list[float]()
    twin = slow_step(slow, rule, 4, wanted)
    for number in range(9):
        if number == 6:
            state, optimizer = optimizer.state_dict(), PUGD(net.parameters(), lr=0.05, step=step)
            optimizer.load_state_dict(state)
        optimizer.step(closure_of(net, batch(number, torch.float64)))
        twin(closure_of(slow, batch(number, torch.float64)))
        scale = optimizer.take_scale()
        assert scale is not None
        found.append(float(scale))
        assert optimizer.take_scale() is None
    assert found == pytest.approx(wanted, rel=1e-9)
    assert len(set(found)) > 3, "not always at a limit"
    for p, other in zip(net.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p, other, rtol=1e-9, atol=1e-12)


def test_zero_gradients_give_a_finite_scale() -> None:
    for rule in SCALE_RULES:
        p = torch.nn.Parameter(torch.ones(3))
        optimizer = PUGD([p], lr=0.1, scale_rule=rule)
        for do in (optimizer.first_step, optimizer.second_step):
            p.grad = torch.zeros(3)
            do()
        scale = optimizer.take_scale()
        assert scale is not None
        assert scale.isfinite()
        assert p.tolist() == [1.0] * 3


@pytest.mark.parametrize(
    ("rule", "step", "precision"),
    [
        *((rule, "fused", "fp32") for rule in SCALE_RULES),
        ("norm_ratio", "reference", "bf16"),
        *(pytest.param(rule, "reference", "fp32", marks=pytest.mark.campaign) for rule in SCALE_RULES),
        pytest.param("cosine", "reference", "bf16", marks=pytest.mark.campaign),
        pytest.param("batch_variance", "reference", "bf16", marks=pytest.mark.campaign),
    ],
)
def test_a_resumed_trial_is_bit_identical_and_records_the_mean(
    digits: Dataset, tmp_path: Path, rule: str, step: str, precision: str
) -> None:
    config = small_config(
        5, 1, scale={"shape": "adaptive", "rule": rule, **WIDE}, training={"step": step, "precision": precision}
    )
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    records = [outcome.stored.record for outcome in outcomes]
    assert records[0].scale is None
    scales = [record.scale for record in records[1:]]
    assert all(scale is not None and 0.0 < scale < 10.0 for scale in scales)
    assert len(set(scales)) == 4
    assert [record.gradient_evaluations for record in records] == [4, 12, 20, 28, 36]
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 3))
    resumed = trial(config, digits, tmp_path / "cut", "sweep/1")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert resumed.computed == 16
    assert_equal_weights(weights(resumed), weights(whole))


def test_a_scale_that_its_limits_fix_gives_the_numbers_of_a_constant_one(digits: Dataset) -> None:
    fixed = ScaleConfig("adaptive", value=1.0, rule="norm_ratio", beta_min=0.5, beta_max=0.5)
    engines = [Engine(small_config(), digits, torch.device("cpu")) for _ in range(2)]
    plain = engines[0].train_epoch(0, EpochSettings("pugd", 0.05, 1.0, 0.5))
    adaptive = engines[1].train_epoch(0, EpochSettings("pugd", 0.05, 1.0, None, adaptive=fixed))
    assert engines[0].dump() == engines[1].dump()
    assert (plain.scale, adaptive.scale) == (None, 0.5)


@pytest.mark.parametrize(
    ("rule", "every"),
    [
        ("norm_ratio", 2),
        ("cosine", 1),
        ("batch_variance", 1),
        pytest.param("norm_ratio", 1, marks=pytest.mark.campaign),
        pytest.param("cosine", 2, marks=pytest.mark.campaign),
        pytest.param("batch_variance", 2, marks=pytest.mark.campaign),
    ],
)
def test_recorded_steps_do_not_wait_and_are_those_of_the_cpu(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, rule: str, every: int
) -> None:
    tape, adaptive = Tape(), ScaleConfig("adaptive", rule=rule, **WIDE)
    settings = EpochSettings("pugd", 0.05, 0.5, None, "first", adaptive=adaptive, every=every)
    plain = engine_of(digits, "small", "cpu", "reference", batch_size=16)
    recorded = engine_of(digits, "small", "cuda", recorder=tape, batch_size=16)
    without_waiting(recorded, card, monkeypatch)
    for epoch in range(2):
        assert recorded.train_epoch(epoch, settings) == plain.train_epoch(epoch, settings)
    assert tape.replays == 2 * (8 - every)
    assert tape.left_behind() == 0
    assert recorded.dump() == plain.dump()


@pytest.mark.parametrize(
    ("scale", "rule"),
    [
        ({"value": 1.0, "rule": "cosines"}, "scale.rule: must be one of norm_ratio, cosine, batch_variance"),
        ({"value": 1.0}, "scale.rule: is needed by adaptive"),
        ({"rule": "cosine"}, "scale.value: is needed by adaptive"),
        ({"value": 1.0, "rule": "cosine", "window": 3}, "scale.window: is used by batch_variance alone"),
        ({"value": 1.0, "rule": "batch_variance", "window": 1}, "scale.window: must be >= 2"),
        ({"value": 1.0, "rule": "batch_variance", "window": 1_000_001}, "scale.window: must be <= 1,000,000"),
        ({"value": 1.0, "rule": "cosine", "beta_max": 0.1}, "scale.beta_min: must be <= beta_max"),
        ({"value": 1.0, "rule": "cosine", "origin": "switch"}, "scale.origin: is not used by adaptive"),
        ({"value": -1.0, "rule": "cosine"}, "scale.value: must be >= 0"),
    ],
)
def test_an_illegal_rule_is_refused(scale: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        small_config(scale={"shape": "adaptive", "beta_min": 0.5, "beta_max": 2.0, **scale})


def test_the_radius_takes_no_rule_and_a_schedule_none_either() -> None:
    with pytest.raises(ConfigError, match=r"radius.shape: must be one of constant, .*, step, but got 'adaptive'"):
        small_config(radius={"shape": "adaptive", "value": 1.0})
    with pytest.raises(ConfigError, match=r"scale.rule: is not used by constant"):
        small_config(scale={"value": 1.0, "rule": "cosine"})


def test_each_rule_is_a_lineage_from_the_switch_on_and_a_constant_scale_keeps_its_address() -> None:
    plain = addresses(small_config())
    assert plain[-1][:12] == PUGD_OF_BEFORE
    scales = [{"shape": "adaptive", "rule": rule, **WIDE} for rule in SCALE_RULES]
    scales += [{**scales[0], "value": 1.0}, {**scales[2], "window": 5}]
    keys = [addresses(small_config(scale=scale)) for scale in scales]
    assert all(some[:3] == plain[:3] for some in keys)
    assert all(one[3] != other[3] for one, other in itertools.combinations([*keys, plain], 2))
    default = addresses(small_config(scale={**scales[2], "window": 20}))
    assert default == keys[2]


PUGD_OF_BEFORE = "e81aaec15586"
