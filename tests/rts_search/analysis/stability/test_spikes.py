"""Spikes are found where they were made, and nowhere else."""

import math

import numpy as np
import pytest

from rts_search.analysis.stability.spikes import LEAST_EPOCHS, LEAST_RISE, spikes

FALLING = np.exp(-0.3 * np.arange(20))


def test_a_falling_and_a_steady_loss_have_no_spike() -> None:
    assert spikes(FALLING) == []
    assert spikes(np.full(20, 0.3)) == []
    assert spikes(0.3 + 1e-9 * np.random.default_rng(0).normal(size=20)) == [], "rounding is no spike"


@pytest.mark.parametrize("place", [1, 7, 19])
def test_one_epoch_far_above_the_ones_before_is_a_spike_also_the_second_and_the_last(place: int) -> None:
    losses = FALLING.copy()
    losses[place] *= 10.0 * math.exp(0.3 * 5)
    assert spikes(losses) == [place]


def test_epochs_that_stay_high_are_spikes_until_the_median_has_followed() -> None:
    losses = np.array([0.1] * 8 + [0.5] * 8)
    assert spikes(losses) == [8, 9, 10]


def test_a_rise_is_a_spike_only_above_the_least_rise_and_above_the_noise() -> None:
    steady = np.full(20, 1.0)
    steady[10] = 1.0 + LEAST_RISE - 0.001
    assert spikes(steady) == []
    steady[10] = 1.0 + LEAST_RISE + 0.001
    assert spikes(steady) == [10]
    noisy = np.exp(np.tile([0.0, 0.2, -0.1, 0.3, -0.3], 4))
    assert spikes(noisy) == []
    noisy[12] *= 20.0
    assert spikes(noisy) == [12]


def test_a_loss_that_is_not_finite_is_a_spike_and_too_few_epochs_tell_nothing() -> None:
    losses = FALLING.copy()
    losses[[3, 9]] = np.inf, np.nan
    assert spikes(losses) == [3, 9]
    assert spikes(np.full(LEAST_EPOCHS, np.nan)) == list(range(LEAST_EPOCHS))
    assert spikes(FALLING[: LEAST_EPOCHS - 1]) is None
    assert spikes(FALLING[:LEAST_EPOCHS]) == []
    assert spikes(np.zeros(LEAST_EPOCHS)) == []
