"""Simulating the course of a sweep before its launch."""

from collections.abc import Callable

import pytest

from rts_search.analysis.forecast.playthrough import Play, Played
from rts_search.analysis.forecast.upcoming_trials import (
    PlannedEpoch,
    PlannedTrial,
    planned_configs,
    planned_trials,
    spent,
)
from rts_search.study.arm_halving import halving_of
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.analysis.forecast.test_upcoming_trials import FACTS

SECONDS = 3.0
"""Of an epoch's gradient."""

Playing = Callable[..., Played]


def trials_of(sweep: SweepFile) -> list[PlannedTrial]:
    return planned_trials(planned_configs(sweep), FACTS.fingerprint, True, 0.5)


def play(
    sweep: SweepFile, concurrent: int = 1, seed: int = 0, stored: frozenset[str] = frozenset(), **budget: float
) -> Played:
    def duration(epoch: PlannedEpoch) -> float:
        return SECONDS * epoch.gradients

    halving = halving_of(sweep, 1)
    return Play(trials_of(sweep), 1, concurrent, duration, 0.0, 0.0, halving, seed, stored, **budget).run()


def to_the_end(*settings: str) -> SweepFile:
    return load_sweep("digits", ["scheduler=none", *settings])


@pytest.mark.parametrize("concurrent", [1, 2, 7, 100])
def test_without_early_stops_every_epoch_is_trained_once(concurrent: int) -> None:
    sweep = to_the_end()
    played = play(sweep, concurrent)
    assert played.spent == spent(trials_of(sweep), 1)
    assert played.last_keys == {trial.epochs[-1].key for trial in trials_of(sweep)}


def test_time_is_the_work_divided_among_the_workers() -> None:
    sweep = to_the_end("space={radius: {value: {uniform: [0.5, 1.0]}}}", "baselines=[]", "training.epochs=4")
    assert play(sweep).seconds == SECONDS * 24 * 2 * 4
    assert play(sweep, 8).seconds == SECONDS * 3 * 2 * 4


def test_a_trial_that_needs_an_epoch_in_training_waits_and_another_begins() -> None:
    space = "space={radius: {value: 2.0}, timing: {switch_epoch: [3, 4, 0]}}"
    sweep = to_the_end(space, "search={sampler: grid}", "baselines=[]", "training.epochs=4")
    assert play(sweep, 2).seconds == SECONDS * 8, (
        "3 and 0 begin; 4 is trained while the 8 gradients of 0 take their time"
    )
    assert play(sweep, 2, look_ahead=0).seconds == SECONDS * (4 + 8), "0 is drawn after 4, which waits for 3 epochs"


def test_stored_epochs_take_no_time() -> None:
    sweep = to_the_end()
    everything = frozenset(epoch.key for trial in trials_of(sweep) for epoch in trial.epochs)
    played = play(sweep, stored=everything)
    assert (played.spent, played.seconds) == (0, 0.0)
    assert played.charged == play(sweep).charged


def test_asha_stops_some_trials_and_no_baseline() -> None:
    sweep = load_sweep("digits")
    played = [play(sweep, seed=seed) for seed in range(5)]
    whole = play(to_the_end())
    assert all(one.charged < whole.charged and one.spent < whole.spent for one in played)
    assert len({one.charged for one in played}) > 1, "other made-up accuracies, other stops"
    baselines = {trial.epochs[-1].key for trial in trials_of(sweep) if trial.baseline}
    assert all(baselines <= one.last_keys for one in played)


def test_asha_stops_trials_of_every_tuned_arm_and_lets_one_of_each_end() -> None:
    sweep = load_sweep("digits_fair")
    played = [play(sweep, 2, seed=seed) for seed in range(5)]
    whole = play(load_sweep("digits_fair", ["scheduler=none"]), 2)
    assert all(one.charged < 0.8 * whole.charged for one in played)
    for arm in ("", "sgd", "pugd", "sam"):
        ends = {trial.epochs[-1].key for trial in trials_of(sweep) if (trial.baseline or "") == arm}
        assert all(0 < len(ends & one.last_keys) < len(ends) for one in played), arm


def test_the_same_seed_plays_the_same() -> None:
    assert play(load_sweep("digits"), 2, seed=3) == play(load_sweep("digits"), 2, seed=3)


def test_a_budget_ends_the_play() -> None:
    sweep = to_the_end()
    whole = play(sweep, 2)
    assert play(sweep, 2, most_spent=whole.spent).charged == whole.charged
    half = play(sweep, 2, most_spent=whole.spent / 2)
    assert 0 <= half.spent - whole.spent / 2 <= 2 * 2, "each of two trials ends its epoch"
    short = play(sweep, 2, most_seconds=whole.seconds / 2)
    assert 0 <= short.seconds - whole.seconds / 2 <= 2 * SECONDS
