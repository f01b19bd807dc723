"""The front holds exactly the trials that no other dominates."""

import random

from rts_search.analysis.pareto import pareto_front, search_front
from tests.rts_search.study.test_ranking import LAST, trial


def test_the_front_has_the_trials_that_no_other_dominates() -> None:
    draw = random.Random(0)
    points = {number: (draw.randrange(12) / 12, draw.randrange(12)) for number in range(60)}
    front = pareto_front(points)
    for number, (val_acc, cost) in points.items():
        others = [other for other in points.values() if other != (val_acc, cost)]
        dominated = any(other >= val_acc and price <= cost for other, price in others)
        assert (number in front) == (not dominated)


def test_of_equals_all_are_on_the_front() -> None:
    assert pareto_front({1: (0.5, 8), 2: (0.5, 8), 3: (0.5, 9), 4: (0.4, 8)}) == {1, 2}


def test_nothing_has_an_empty_front() -> None:
    assert pareto_front({}) == frozenset()


def test_a_trial_that_a_baseline_beats_is_not_on_the_front_of_the_search() -> None:
    baseline = trial(0, 0.9, cost=8, baseline="sgd")
    trials = [baseline, trial(1, 0.8, cost=16), trial(2, 0.95, cost=16), trial(3, 0.9, cost=8), trial(4, 0.5, cost=4)]
    assert search_front(trials, LAST) == {2, 3, 4}
