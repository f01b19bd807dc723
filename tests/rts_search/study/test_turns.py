"""Arms take turns, so that a sweep is fair whenever it is interrupted."""

import random
from collections import Counter

import pytest

from rts_search.study.turns import late_arms, next_arm


def turns(asked: dict[str, int], most: int | None = None) -> list[str]:
    begun: Counter[str] = Counter()
    order = []
    for _ in range(sum(asked.values()) if most is None else most):
        arm = next_arm(asked, begun)
        begun[arm] += 1
        order.append(arm)
    return order


def test_equal_arms_take_turns_in_their_order() -> None:
    assert turns({"rts": 3, "sgd": 3, "sam": 3}) == ["rts", "sgd", "sam"] * 3


def test_an_arm_with_twice_the_trials_has_twice_the_turns() -> None:
    order = turns({"rts": 3, "sgd": 6})
    assert Counter(order) == {"rts": 3, "sgd": 6}
    for length in range(len(order) + 1):
        begun = Counter(order[:length])
        assert abs(begun["rts"] - begun["sgd"] / 2) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_all_trials_begin_and_no_share_runs_ahead(seed: int) -> None:
    draw = random.Random(seed)
    asked = {f"arm{number}": draw.randint(1, 9) for number in range(draw.randint(1, 6))}
    order = turns(asked)
    assert Counter(order) == asked
    for length in range(len(order) + 1):
        begun = Counter(order[:length])
        shares = [begun[arm] / trials for arm, trials in asked.items()]
        assert max(shares) - min(shares) <= 1 / min(asked.values()) + 1e-12
    assert late_arms(asked, order) == []


def test_an_extension_of_all_arms_makes_none_of_them_late() -> None:
    asked = {"rts": 4, "sgd": 4}
    assert late_arms(asked, turns({"rts": 2, "sgd": 2}) + ["rts", "sgd"] * 2) == []
    assert late_arms(asked, turns(asked, most=5)) == []


def test_an_arm_that_came_later_is_late() -> None:
    before = turns({"rts": 4, "sgd": 4})
    assert late_arms({"rts": 4, "sgd": 4, "sam": 4}, [*before, *["sam"] * 4]) == ["sam"]
    assert late_arms({"rts": 4, "sgd": 8}, [*before, *["sgd"] * 4]) == ["sgd"]


def test_an_arm_that_was_extended_after_another_is_late() -> None:
    assert late_arms({"rts": 2, "sgd": 2}, ["rts", "sgd", "sgd", "rts"]) == ["rts"]
