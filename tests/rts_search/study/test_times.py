"""The times of a sweep follow from the times in which its trials had a worker."""

from dataclasses import replace

from rts_search.study.times import times_of
from tests.rts_search.study.test_ranking import trial

ENDED = [trial(0, 0.5), trial(1, 0.5)]
RUNNING = replace(trial(2, 0.5), state="RUNNING")


def test_pauses_between_turns_are_no_training() -> None:
    found = times_of({0: [(100.0, 110.0), (200.0, 205.0)], 1: [(105.0, 120.0)]}, ENDED, 2, None, 999.0)
    assert (found.started, found.ended, found.trained, found.left) == (100.0, 205.0, 25.0, None)


def test_what_is_left_follows_from_the_trials_that_have_ended_and_the_workers_in_use() -> None:
    turns = {0: [(100.0, 110.0)], 1: [(110.0, 120.0)], 2: [(120.0, None)]}
    found = times_of(turns, [*ENDED, RUNNING], 6, 0.0, 124.0)
    assert (found.trained, found.left) == (24.0, 36.0)
    both = [*ENDED, RUNNING, replace(RUNNING, number=3)]
    assert times_of({**turns, 3: [(120.0, None)]}, both, 6, 0.0, 124.0).left == 16.0


def test_a_turn_that_was_cut_off_is_not_counted() -> None:
    found = times_of({0: [(100.0, 110.0)], 2: [(110.0, None)]}, [ENDED[0], RUNNING], 2, None, 999.0)
    assert (found.ended, found.trained, found.left) == (110.0, 10.0, None)
    assert times_of({}, [], 2, 0.0, 999.0).left is None


def test_a_turn_that_an_earlier_driver_left_open_is_not_counted() -> None:
    turns = {0: [(100.0, 110.0)], 2: [(110.0, None)]}
    found = times_of(turns, [ENDED[0], RUNNING], 3, 500.0, 600.0)
    assert (found.trained, found.training, found.left) == (10.0, False, None)
    taken_up = times_of({**turns, 2: [(505.0, None)]}, [ENDED[0], RUNNING], 3, 500.0, 508.0)
    assert (taken_up.trained, taken_up.training, taken_up.left) == (13.0, True, 17.0)


def test_nothing_is_left_to_tell_when_all_trials_have_ended() -> None:
    assert times_of({0: [(100.0, 110.0)], 1: [(105.0, 120.0)]}, ENDED, 2, 0.0, 130.0).left is None
