"""`timing.every` and `timing.stop_epoch`: PUGD in some steps only, and SGD again at the end."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainables.core.conftest import small_config
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of
from tests.trainables.core.tape import Tape
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from tests.trainables.core.twin import Twin
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings, due_steps, epoch_settings
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import TimingConfig, TrialConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.engine import Engine
from trainables.core.training.trial import StatePolicy


def timed(epochs: int = 4, switch_epoch: int = 1, **timing: Any) -> TrialConfig:
    return small_config(epochs, timing={"rule": "epoch", "switch_epoch": switch_epoch, **timing})


@pytest.mark.parametrize(
    ("timing", "rule"),
    [
        ({"every": 0}, "timing.every: must be >= 1, but got 0"),
        ({"every": 1_000_001}, "timing.every: must be <= 1,000,000"),
        ({"stop_epoch": 1}, r"timing.stop_epoch: must be > switch_epoch \(1\), but got 1"),
        ({"stop_epoch": 5}, r"timing.stop_epoch: must be <= training.epochs \(4\), but got 5"),
        ({"every": 2.0}, "timing.every: must be an integer"),
    ],
)
def test_an_illegal_timing_is_refused(timing: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        timed(**timing)


def test_every_rule_takes_both_and_leaves_them_out_where_they_are_not_given() -> None:
    for given in (
        {"switch_epoch": 1},
        {"rule": "gradient_variance", "window": 2, "decay": 0.5, "start": 0},
        {"rule": "generalization_gap", "base_epochs": 1, "ratio": 1.0, "period": 1},
    ):
        timing = TimingConfig.from_dict({**given, "every": 3, "stop_epoch": 4})
        assert (timing.every, timing.stop_epoch) == (3, 4)
        assert timing.start_alone == TimingConfig.from_dict(given)
        assert set(TimingConfig.from_dict(given).to_dict()) == {"rule", *given}


def test_steps_are_counted_over_the_whole_training() -> None:
    for every in (1, 2, 3, 7, 50):
        for epoch in range(4):
            steps = range(10 * epoch, 10 * (epoch + 1))
            assert due_steps(epoch, 10, every) == sum(step % every == 0 for step in steps)


@pytest.mark.parametrize("phase", ["pugd", "sam"])
@pytest.mark.parametrize("step", ["reference", "fused"])
def test_the_steps_between_are_those_of_sgd_and_the_optimizer_counts_over_a_resume(phase: str, step: str) -> None:
    net, plain = Net(torch.float64), Net(torch.float64)
    settings: dict[str, Any] = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "radius": 0.3}
    every = PUGD(net.parameters(), **settings, phase=phase, step=step, every=3)
    one = PUGD(plain.parameters(), **settings, step=step)
    costs = []
    for number in range(10):
        if number == 5:
            state, every = every.state_dict(), PUGD(net.parameters(), lr=1.0, step=step)
            every.load_state_dict(state)
        costs.append(every.gradients_per_step)
        one.param_groups[0]["phase"] = "sgd" if number % 3 else phase
        for stepped, optimizer in ((net, every), (plain, one)):
            optimizer.step(closure_of(stepped, batch(number, torch.float64)))
    assert costs == [2, 1, 1, 2, 1, 1, 2, 1, 1, 2]
    assert_equal(net, plain)


def test_the_steps_agree_with_the_slow_twin() -> None:
    net, slow = Net(torch.float64), Net(torch.float64)
    optimizer, twin = PUGD(net.groups(), lr=0.1, every=2), Twin(slow.groups())
    for number in range(8):
        x = batch(number, torch.float64)
        for group in twin.groups:
            group["phase"] = "sgd" if number % 2 else "pugd"
        steps: tuple[tuple[Net, Callable[..., Tensor | None]], ...] = ((net, optimizer.step), (slow, twin.step))
        for stepped, step in steps:
            step(closure_of(stepped, x))
    for p, q in zip(net.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


def test_a_step_of_every_is_at_least_the_first() -> None:
    with pytest.raises(ValueError, match="every must be >= 1, but got every=0"):
        PUGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, every=0)


@pytest.mark.parametrize(
    ("step", "precision"),
    [
        ("reference", "fp32"),
        ("fused", "bf16"),
        pytest.param("fused", "fp32", marks=pytest.mark.campaign),
        pytest.param("reference", "bf16", marks=pytest.mark.campaign),
    ],
)
def test_costs_are_counted_step_by_step_and_a_resumed_trial_is_bit_identical(
    digits: Dataset, tmp_path: Path, step: str, precision: str
) -> None:
    config = timed(5, every=3, stop_epoch=4)
    config = TrialConfig.from_dict(
        {**config.to_dict(), "training": {**config.to_dict()["training"], "step": step, "precision": precision}}
    )
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    records = [outcome.stored.record for outcome in outcomes]
    assert [record.phase for record in records] == ["sgd", "pugd", "pugd", "pugd", "sgd"]
    # The steps 6; 9; 12 and 15 are PUGD steps, and an epoch has 4 steps.
    assert [record.gradient_evaluations for record in records] == [4, 9, 14, 20, 24]
    assert whole.computed == 24
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 3))
    resumed = trial(config, digits, tmp_path / "cut", "sweep/1")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert resumed.computed == 10
    assert_equal_weights(weights(resumed), weights(whole))


def test_trials_share_the_epochs_until_they_differ() -> None:
    plain, one = addresses(small_config(4, 1)), addresses(timed(every=1, stop_epoch=4))
    assert one == plain, "every 1 and a stop at the end are what they were before"
    some, stopped = addresses(timed(every=2)), addresses(timed(every=2, stop_epoch=3))
    assert some[:2] == plain[:2]
    assert some[2] != plain[2]
    assert stopped[:4] == some[:4]
    assert stopped[4] != some[4]


def test_the_steps_between_count_for_ngd_and_not_where_all_are_sgd() -> None:
    radius = {"shape": "constant", "value": 0.0}
    timing = {"switch_epoch": 0, "every": 2}
    ngd = epoch_settings(small_config(radius=radius, timing=timing), 0, 0)
    assert (ngd.phase, ngd.every, ngd.gradient_evaluations(0, 4)) == ("ngd", 2, 4)
    sam = epoch_settings(small_config(radius=radius, timing=timing, perturbation={"kind": "sam"}), 0, 0)
    assert (sam.phase, sam.every) == ("sgd", 1)


def test_after_an_adaptive_switch_pugd_stops_where_it_is_told(digits: Dataset, tmp_path: Path) -> None:
    timing = {"rule": "generalization_gap", "base_epochs": 1, "ratio": 1e-6, "period": 1}
    run = {
        name: trial(small_config(6, timing={**timing, "stop_epoch": stop}), digits, tmp_path, name)
        for name, stop in (("s/0", 4), ("s/1", 2))
    }
    phases = {name: [outcome.stored.record.phase for outcome in one.epochs()] for name, one in run.items()}
    assert phases == {"s/0": ["sgd"] * 3 + ["pugd"] + ["sgd"] * 2, "s/1": ["sgd"] * 6}


def test_the_state_at_a_stop_is_kept_for_the_trials_that_go_on(digits: Dataset, tmp_path: Path) -> None:
    policy = StatePolicy(every_seconds=1e9, replaced=True, stop_epochs=frozenset({2, 3}))
    list(trial(timed(stop_epoch=3), digits, tmp_path, "s/0", policy).epochs())
    second = trial(timed(stop_epoch=2), digits, tmp_path, "s/1", policy)
    assert [outcome.spent for outcome in second.epochs()] == [False, False, True, True]
    assert second.computed == 8


@pytest.mark.parametrize("fails", [False, True])
def test_each_kind_of_step_has_a_recording_of_its_own(digits: Dataset, fails: bool) -> None:
    class Recorder(Tape):
        def record(self, work: Any) -> Any:
            if fails and self.made == 1:
                raise RuntimeError("no second recording")
            return super().record(work)

    settings = EpochSettings("pugd", 0.05, 0.5, 2.0, "first", every=2)
    tape, engines = Recorder(), []
    for recorder in (None, tape):
        config = small_config(training={"batch_size": 16})
        engine = Engine(config, digits, torch.device("cpu"), recorder=recorder)
        engines.append(([engine.train_epoch(epoch, settings) for epoch in range(2)], engine.dump()))
    (plain, state), (recorded, same) = engines
    assert [one.grad_norms for one in plain] == [one.grad_norms for one in recorded]
    assert state == same
    # 8 steps: each kind is computed once, recorded once and replayed from then on, recording included.
    assert (tape.made, tape.replays) == ((1, 1) if fails else (4, 12))
    assert bool(recorded[0].notes) == fails
    assert tape.left_behind() == 0
