"""The learning rates: their formulas are those of torch.optim.lr_scheduler, epoch by epoch and step by step."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.learning_rates import learning_rate, ramp_in
from trainables.core.settings.lr_schedule_config import LrScheduleConfig

LR = 0.4
Scheduler = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def ours(schedule: dict[str, Any], epochs: int, steps: int = 1) -> list[float]:
    """The learning rates of all steps of a training."""
    config = LrScheduleConfig.from_dict(schedule)
    rates = []
    for epoch in range(epochs):
        settings = EpochSettings("sgd", learning_rate(LR, config, epoch, epochs), ramp=ramp_in(config, epoch, epochs))
        rates += [settings.rate(epoch, step, steps) for step in range(steps)]
    return rates


def of_torch(make: Scheduler, number: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler, rates = make(optimizer), []
    for _ in range(number):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


BY_EPOCH: list[tuple[dict[str, Any], Scheduler]] = [
    ({"name": "constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ({"name": "cosine"}, lambda o: lr_scheduler.CosineAnnealingLR(o, 20)),
    ({"name": "cosine", "min_lr": 0.01}, lambda o: lr_scheduler.CosineAnnealingLR(o, 20, 0.01)),
    ({"name": "linear"}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 20)),
    ({"name": "linear", "min_lr": 0.1}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.25, 20)),
    ({"name": "step", "milestones": [5, 12], "gamma": 0.3}, lambda o: lr_scheduler.MultiStepLR(o, [5, 12], 0.3)),
    ({"name": "step", "milestones": [0.35, 0.55]}, lambda o: lr_scheduler.MultiStepLR(o, [7, 11])),
    ({"name": "cosine_restarts", "T_0": 7}, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 7)),
    (
        {"name": "cosine_restarts", "T_0": 2, "T_mult": 2, "min_lr": 0.05},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 2, 0.05),
    ),
]


@pytest.mark.parametrize(("schedule", "make"), BY_EPOCH, ids=lambda value: str(value) if type(value) is dict else "")
def test_a_schedule_by_epochs_is_that_of_torch(schedule: dict[str, Any], make: Scheduler) -> None:
    assert ours(schedule, 20) == pytest.approx(of_torch(make, 20), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("cycle", [{}, {"pct_start": 0.45, "div_factor": 10.0, "final_div_factor": 100.0}])
@pytest.mark.parametrize(("epochs", "steps"), [(5, 7), (1, 10), (12, 3)])
def test_one_cycle_is_that_of_torch_step_by_step(cycle: dict[str, float], epochs: int, steps: int) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = lr_scheduler.OneCycleLR(optimizer, LR, total_steps=epochs * steps, cycle_momentum=False, **cycle)
    rates = []
    for step in range(epochs * steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step + 1 < epochs * steps:  # OneCycleLR refuses to step past its end
            scheduler.step()
    assert ours({"name": "one_cycle", **cycle}, epochs, steps) == pytest.approx(rates, rel=1e-9)


def test_one_cycle_of_a_single_step_is_finite() -> None:
    assert ours({"name": "one_cycle"}, 1, 1) == pytest.approx([LR / 25 / 1e4])


@pytest.mark.parametrize("factor", [0.0, 0.01])
@pytest.mark.parametrize("warm", [1, 3])
def test_a_warm_up_is_that_of_torch_step_by_step_and_the_schedule_begins_after_it(warm: int, factor: float) -> None:
    steps, epochs = 5, 10
    # torch refuses a ramp from 0, so the ramp is compared with one that starts next to 0
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    ramp = lr_scheduler.LinearLR(optimizer, factor or 1e-15, 1.0, warm * steps)
    main = lr_scheduler.LambdaLR(
        optimizer, lambda k: (1 + math.cos(math.pi * (k // steps) / (epochs - warm))) / 2
    )  # cosine by epochs
    scheduler, rates = lr_scheduler.SequentialLR(optimizer, [ramp, main], [warm * steps]), []
    for _ in range(epochs * steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    schedule = {"name": "cosine", "warmup_epochs": warm, "warmup_factor": factor}
    assert ours(schedule, epochs, steps) == pytest.approx(rates, rel=1e-9, abs=1e-12)


def test_a_warm_up_may_end_within_an_epoch() -> None:
    rates = ours({"name": "linear", "warmup_epochs": 1.5}, 3, 4)
    assert rates[:6] == pytest.approx([LR * k / 6 for k in range(6)])
    assert rates[6:8] == [LR, LR]
    assert rates[8:] == pytest.approx([LR * (1 - 0.5 / 1.5)] * 4)


def test_a_share_that_rounding_puts_late_counts_in_its_own_epoch() -> None:
    for share in (0.55, 0.07, 0.29, 0.57):
        rates = ours({"name": "step", "milestones": [share]}, 100)
        assert rates.index(pytest.approx(0.1 * LR)) == round(100 * share)


@pytest.mark.parametrize("epoch", [-1, 4])
def test_the_learning_rate_never_runs_past_the_end_of_training(epoch: int) -> None:
    with pytest.raises(ValueError, match=rf"epoch must be in \[0, 4\), but got epoch={epoch}"):
        learning_rate(0.1, LrScheduleConfig("cosine"), epoch, 4)
