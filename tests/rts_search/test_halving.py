"""Who is stopped at a rung: as in Ray's ASHA where trials differ from the start, and nobody before he differs."""

import random
from types import SimpleNamespace

import pytest
from ray.tune.schedulers import ASHAScheduler

from rts_search.halving import Halving

EPOCHS, STEPS = 40, 7
FULL = 2 * EPOCHS * STEPS


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
    ours = Halving(FULL, EPOCHS, grace, factor)
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
    halving = Halving(FULL, EPOCHS, 0.25, 2.0)
    for number in range(8):
        assert lived(halving, number, 0, 0.9) == EPOCHS
    assert lived(halving, 8, 0, 0.1) == 10, "a quarter of the dearest trial's cost"
    assert lived(halving, 9, 24, 0.1) == 24 + 8, "24 epochs of SGD lie behind the first rung: the second one judges"
    assert lived(halving, 10, EPOCHS, 0.1) == EPOCHS, "SGD alone is everybody's beginning"


def test_what_a_trial_reaches_before_its_switch_is_no_measure_for_others() -> None:
    halving = Halving(FULL, EPOCHS, 0.25, 2.0)
    for number in range(8):
        lived(halving, number, 30, 0.9)
    assert lived(halving, 8, 0, 0.1) == 20, (
        "at the second rung, half of the dearest trial's cost, there is somebody to compare with"
    )
