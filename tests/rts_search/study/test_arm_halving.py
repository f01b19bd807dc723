"""Early stopping with tuned arms: each arm has rungs of its own."""

import pytest

from rts_search.study.arm_halving import ArmHalving, halving_of
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.sweep.test_arms import FAIR
from tests.rts_search.sweep_files import Write

STEPS = 10
SCHEDULER = "scheduler={grace_fraction: 0.5, reduction_factor: 2, smoothing_fraction: 0}"
GRACE = 6 * STEPS


@pytest.fixture
def fair(write: Write) -> SweepFile:
    return load_sweep(write(FAIR), [SCHEDULER])


def made(sweep: SweepFile, *entries: TrialEntry) -> ArmHalving:
    halving = halving_of(sweep, STEPS, entries)
    assert isinstance(halving, ArmHalving)
    return halving


def test_a_sweep_without_arms_has_one_rule_for_all(write: Write) -> None:
    assert isinstance(halving_of(load_sweep("digits"), STEPS), Halving)
    assert halving_of(load_sweep(write(FAIR), ["scheduler=none"]), STEPS) is None


def test_a_trial_is_judged_among_those_of_its_arm(fair: SweepFile) -> None:
    halving = made(fair)
    for number, val_acc in enumerate((0.9, 0.8)):
        assert halving.of("pugd").stops(number, GRACE, val_acc) == (number == 0 or val_acc < 0.9)
    assert halving.promoted(range(9)) == 0, "the best of two"
    assert halving.of("sam").stops(2, GRACE, 0.1), "alone at its rung"
    assert halving.of("sam").stops(3, GRACE, 0.2) is False, "the better of two of sam, whatever pugd reached"


def test_the_epochs_of_sgd_are_judged_in_its_arm_alone(fair: SweepFile) -> None:
    halving = made(fair)
    for epoch in range(1, 7):
        assert halving.of("rts").stops(0, STEPS * epoch, 0.1) is False, "many trials share the beginning"
    for number, val_acc in enumerate((0.9, 0.5), start=1):
        for epoch in range(1, 6):
            assert halving.of("sgd").stops(number, STEPS * epoch, val_acc) is False
        assert halving.of("sgd").stops(number, GRACE, val_acc)
    assert halving.promoted(range(9)) == 1


def test_a_held_trial_is_released_and_remembered_in_its_arm(fair: SweepFile) -> None:
    epochs = tuple(EpochEntry(epoch, "", "", True, 2 * STEPS * (epoch + 1), 0.5) for epoch in range(3))
    held = TrialEntry(4, "RUNNING", {}, "", "", epochs, held=True, arm="sam")
    halving = made(fair, held)
    assert halving.of("sam").stopped(4)
    assert not halving.of("pugd").stopped(4)
    assert halving.promoted({4}, at_least=1) == 4
    halving.release(4)
    assert not halving.of("sam").stopped(4)
