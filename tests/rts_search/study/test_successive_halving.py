"""Trials stop at a rung as in Ray's ASHA where they differ from the start, and never before they differ."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import ASHAScheduler

from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig

EPOCHS, STEPS = 40, 7
FULL = 2 * EPOCHS * STEPS


def rule(grace: float, factor: float, **more: Any) -> Halving:
    asked = {"promotion": False, "smoothing_fraction": 0.0} | more
    return Halving(SchedulerConfig(grace_fraction=grace, reduction_factor=factor, **asked), FULL, EPOCHS)


def costs(switch_epoch: int) -> list[int]:
    """Gradient evaluations after every epoch of a trial."""
    return [STEPS * (min(epoch, switch_epoch) + 2 * max(0, epoch - switch_epoch)) for epoch in range(1, EPOCHS + 1)]


def lived(halving: Halving, number: int, switch_epoch: int, val_acc: float) -> int:
    """Epochs of a trial with the same accuracy in all of them."""
    for epoch, cost in enumerate(costs(switch_epoch), start=1):
        if halving.stops(number, cost, val_acc):
            return epoch
    return EPOCHS


@pytest.mark.parametrize(("grace", "factor"), [(0.05, 2.0), (0.25, 3.0), (0.125, 4.0)])
@pytest.mark.parametrize("seed", range(5))
def test_trials_that_differ_from_the_start_are_stopped_as_by_ray(grace: float, factor: float, seed: int) -> None:
    chance = random.Random(seed)
    ours = rule(grace, factor)
    rays = ASHAScheduler(
        *("gradient_evaluations", "val_acc", "max"),
        max_t=FULL,
        grace_period=max(1, round(FULL * grace)),
        reduction_factor=factor,
    )
    trials = {number: SimpleNamespace(trial_id=str(number)) for number in range(30)}
    epochs = dict.fromkeys(trials, 0)
    for trial in trials.values():
        rays.on_trial_add(None, trial)
    decided = []
    while epochs:
        number = chance.choice(list(epochs)[:6])
        epochs[number] += 1
        cost, val_acc = costs(0)[epochs[number] - 1], chance.random()
        if epochs[number] == EPOCHS:
            del epochs[number]
            continue
        result = {"gradient_evaluations": cost, "val_acc": val_acc}
        stopped = rays.on_trial_result(None, trials[number], result) == "STOP"
        assert ours.stops(number, cost, val_acc) == stopped
        decided.append(stopped)
        if stopped:
            del epochs[number]
    assert 0 < sum(decided) < len(trials)


def test_a_trial_is_not_judged_by_the_sgd_that_it_shares_with_its_siblings() -> None:
    halving = rule(0.25, 2.0)
    for number in range(8):
        assert lived(halving, number, 0, 0.9) == EPOCHS
    assert lived(halving, 8, 0, 0.1) == 10, "a quarter of the dearest trial's cost"
    assert lived(halving, 9, 24, 0.1) == 24 + 8, "24 epochs of SGD lie behind the first rung: the second one judges"
    assert lived(halving, 10, EPOCHS, 0.1) == EPOCHS, "SGD alone is everybody's beginning"


def test_what_a_trial_reaches_before_its_switch_is_no_measure_for_others() -> None:
    halving = rule(0.25, 2.0)
    for number in range(8):
        lived(halving, number, 30, 0.9)
    assert lived(halving, 8, 0, 0.1) == 20, (
        "at the second rung, half of the dearest trial's cost, there is somebody to compare with"
    )


EVERYBODY = range(30)
VALUES = [0.5, 0.9, 0.4, 0.8, 0.7, 0.6, 0.3, 0.2]


def judged(halving: Halving, number: int, value: float) -> bool:
    """Whether a trial is held at the first rung."""
    return halving.stops(number, FULL // 2, value)


def test_with_promotion_the_best_share_of_all_who_came_goes_on_at_once_or_later() -> None:
    halving, gone_on = rule(0.5, 2.0, promotion=True), []
    for number, value in enumerate(VALUES):
        if not judged(halving, number, value):
            gone_on.append(number)
        while (promoted := halving.promoted(EVERYBODY)) is not None:
            gone_on.append(promoted)
        best = sorted(range(number + 1), key=lambda other: -VALUES[other])[: (number + 1) // 2]
        assert set(best) <= set(gone_on), "half of those who came so far, wherever they came in between"
    assert sorted(gone_on) == [1, 3, 4, 5]
    assert len(gone_on) == len(set(gone_on))


def test_with_promotion_the_highest_rung_comes_first() -> None:
    halving = rule(0.25, 2.0, promotion=True)
    for number in (0, 1):
        assert halving.stops(number, FULL // 4, 0.5)
    assert halving.promoted(EVERYBODY) == 0
    assert halving.stops(0, FULL // 2, 0.5)
    for number in (2, 3):
        halving.stops(number, FULL // 4, 0.1)
    assert halving.promoted(EVERYBODY, at_least=1) == 0, "it waits at the second rung"
    assert halving.promoted(EVERYBODY) == 1
    assert halving.promoted(EVERYBODY) is None


def test_one_trial_alone_goes_on_when_nothing_else_is_left() -> None:
    halving = rule(0.5, 2.0, promotion=True)
    assert judged(halving, 0, 0.5)
    assert halving.promoted(EVERYBODY) is None
    assert halving.promoted(EVERYBODY, at_least=1) == 0
    assert halving.promoted(EVERYBODY, at_least=1) is None


def test_a_trial_goes_on_once_its_worker_has_let_go_of_it() -> None:
    halving = rule(0.5, 2.0, promotion=True)
    for number in (0, 1):
        assert judged(halving, number, 0.5)
    assert halving.promoted(ready={1}, at_least=2) == 1
    assert halving.promoted(ready=set(), at_least=2) is None
    assert halving.promoted(ready={0}, at_least=2) == 0


def test_a_trial_is_judged_by_the_mean_over_its_last_epochs() -> None:
    one, smooth = rule(0.5, 2.0), rule(0.5, 2.0, smoothing_fraction=0.1)
    for halving, stops in ((one, False), (smooth, True)):
        assert lived(halving, 0, 0, 0.5) == EPOCHS
        lucky = [halving.stops(1, cost, 0.1 if epoch < EPOCHS // 2 else 0.9) for epoch, cost in enumerate(costs(0), 1)]
        assert any(lucky) == stops, "four epochs of 0.1, 0.1, 0.1 and 0.9"


def test_the_mean_does_not_reach_behind_the_switch() -> None:
    halving = rule(0.5, 2.0, smoothing_fraction=0.5)
    assert lived(halving, 0, 0, 0.5) == EPOCHS
    stopped = [halving.stops(1, cost, 0.1 if epoch <= 18 else 0.6) for epoch, cost in enumerate(costs(18), 1)]
    assert not any(stopped), "18 epochs of SGD at 0.1 do not count"
