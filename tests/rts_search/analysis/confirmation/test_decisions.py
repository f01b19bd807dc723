"""Which differences one look establishes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rts_search.analysis.confirmation.decisions import (
    BETTER,
    DIVERGED,
    INCOMPLETE,
    OPEN,
    WORSE,
    Sample,
    judge,
)
from rts_search.analysis.confirmation.statistics import interval, p_better, paired_differences

Accuracies = NDArray[np.float64]
ALPHA, IMAGE, NAN = 0.04, 1 / 10_000, float("nan")
SPREAD = np.array([-2.0, 1.0, 0.0, 2.0, -1.0]) / 1_000
EIGHT = np.array([-2.0, 1.0, 0.0, 2.0, -1.0, 1.5, -1.5, 0.0]) / 1_000
BASE = np.full(5, 0.9)


def ahead(points: float) -> Accuracies:
    """Accuracies on five seeds that are so many points above BASE in the mean."""
    return BASE + points / 100 + SPREAD


def against(contender: Accuracies, *baselines: Accuracies) -> dict[str, Sample]:
    return {str(place): Sample(contender, baseline) for place, baseline in enumerate(baselines)}


def outcomes(*contenders: dict[str, Sample], alpha: float = ALPHA) -> list[list[str]]:
    return [[one.outcome for one in found.values()] for found in judge(contenders, alpha, IMAGE)]


@pytest.mark.parametrize(("points", "outcome"), [(0.5, BETTER), (-0.5, WORSE), (0.02, OPEN)])
def test_a_difference_is_called_better_worse_or_not_established(points: float, outcome: str) -> None:
    assert outcomes(against(ahead(points), BASE)) == [[outcome]]


def test_a_look_that_may_spend_nothing_establishes_nothing() -> None:
    assert outcomes(against(ahead(50.0), BASE), alpha=0.0) == [[OPEN]]


def test_a_further_contender_claims_only_after_the_first_has_beaten_every_baseline() -> None:
    strong, unclear = ahead(1.0), ahead(0.02)
    assert outcomes(against(unclear, BASE), against(strong, BASE)) == [[OPEN], [OPEN]]
    assert outcomes(against(strong, BASE), against(strong, BASE)) == [[BETTER], [BETTER]]
    one_open = against(strong, BASE, strong + SPREAD[::-1])
    assert outcomes(one_open, against(strong, BASE, BASE)) == [[BETTER, OPEN], [OPEN, OPEN]]


def test_a_contender_after_an_undecided_one_is_marked_as_waiting() -> None:
    strong, unclear = ahead(1.0), ahead(0.02)
    for first, waits in ((unclear, True), (strong, False)):
        judged = judge([against(first, BASE), against(strong, BASE)], 0.04, 0.0)
        assert [one.waits for against_all in judged for one in against_all.values()] == [False, waits]


def test_holm_gives_the_smallest_p_the_smallest_part_and_stops_at_the_first_that_fails() -> None:
    contender = 0.9 + EIGHT
    first, second, third = (np.full(8, 0.9 - points / 100) for points in (0.13, 0.15, 0.17))
    p = [p_better(contender - baseline, IMAGE) for baseline in (first, second, third)]
    assert p == pytest.approx([0.0189, 0.0107, 0.0062], abs=5e-5)
    (judged,) = judge([against(contender, first, second, third)], ALPHA, IMAGE)
    assert [one.outcome for one in judged.values()] == [BETTER, BETTER, BETTER]
    assert [one.p_better for one in judged.values()] == pytest.approx([2 * p[1], 2 * p[1], 3 * p[2]])
    assert [1 - one.level for one in judged.values()] == pytest.approx([2 * ALPHA, ALPHA, 2 * ALPHA / 3])
    equal = np.full(8, 0.9)
    assert outcomes(against(contender, first, equal)) == [[BETTER, OPEN]]
    assert outcomes(against(contender, first, equal, equal)) == [[OPEN, OPEN, OPEN]], "a third of alpha is too little"


def test_a_claim_of_an_earlier_look_still_holds_and_raises_the_level_of_the_others() -> None:
    contender, close, far = 0.9 + EIGHT, np.full(8, 0.8987), np.full(8, 0.95)
    assert outcomes(against(contender, close, far + EIGHT, far - EIGHT)) == [[OPEN, WORSE, WORSE]]
    claimed = {name: Sample(contender, far, claimed=BETTER) for name in ("1", "2")}
    (judged,) = judge([{"0": Sample(contender, close), **claimed}], ALPHA, IMAGE)
    assert [one.outcome for one in judged.values()] == [BETTER, BETTER, BETTER]
    assert (judged["1"].p_better, judged["1"].p_worse) == (1.0, 1.0), "it is not tested again"
    behind = {name: Sample(contender, far, claimed=WORSE) for name in ("1", "2")}
    assert outcomes({"0": Sample(contender, close), **behind}) == [[OPEN, WORSE, WORSE]], "a loss is no win: it stays"


def test_a_contender_that_diverged_once_claims_nothing_and_neither_do_later_ones() -> None:
    chance = np.random.default_rng(0)
    for seed in range(5):
        contender = ahead(chance.uniform(-5.0, 5.0))
        contender[seed] = NAN
        for baseline in (BASE, np.where(np.arange(5) == seed, NAN, BASE)):
            assert outcomes(against(contender, baseline), against(ahead(1.0), BASE)) == [[DIVERGED], [OPEN]]


@pytest.mark.parametrize(("seeds", "outcome"), [(5, OPEN), (8, BETTER)])
def test_a_baseline_that_diverged_is_judged_by_ranks(seeds: int, outcome: str) -> None:
    """Five seeds cannot be enough: without one of them p is 1/16 at best."""
    baseline = np.full(seeds, 0.9)
    baseline[1] = NAN
    contender = 0.95 + np.arange(seeds) / 1_000
    assert outcomes(against(contender, baseline)) == [[outcome]]
    assert outcomes(against(np.append(contender[:-1], 0.8), baseline)) == [[OPEN]]


def test_a_comparison_that_lost_a_run_claims_nothing() -> None:
    lost = {"0": Sample(ahead(5.0), BASE, complete=False), "1": Sample(ahead(5.0), BASE)}
    assert outcomes(lost, against(ahead(5.0), BASE)) == [[INCOMPLETE, BETTER], [OPEN]]
    kept = {"0": Sample(ahead(5.0), BASE, complete=False, claimed=BETTER)}
    assert outcomes(kept) == [[BETTER]]


@pytest.mark.parametrize("alpha", [0.05, ALPHA])
@pytest.mark.parametrize("images", [[1, 1, 1, 1, 1], [1, 1, 1, 1, 2], [2, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
def test_one_more_image_on_every_seed_is_not_claimed(images: list[int], alpha: float) -> None:
    more = BASE + np.array(images) * IMAGE
    assert outcomes(against(more, BASE), alpha=alpha) == outcomes(against(BASE, more), alpha=alpha) == [[OPEN]]


def test_no_claim_depends_on_one_seed() -> None:
    images = np.array([12.0, 20.0, 11.0, 1.0, 13.0])
    (judged,) = judge([against(BASE + images * IMAGE, BASE)], ALPHA, IMAGE)
    assert p_better(images * IMAGE, IMAGE) < ALPHA
    assert not judged["0"].one_seed
    assert judged["0"].outcome == BETTER
    images[3] = -3.0
    (judged,) = judge([against(BASE + images * IMAGE, BASE)], ALPHA, IMAGE)
    assert p_better(images * IMAGE, IMAGE) < ALPHA
    assert judged["0"].one_seed
    assert judged["0"].outcome == OPEN


def test_the_interval_excludes_0_exactly_where_the_t_test_claims() -> None:
    chance, told = np.random.default_rng(1), set()
    for _ in range(400):
        contender = BASE + chance.standard_normal(5) / 1_000
        baselines = [BASE + chance.choice([0.0, 0.002, -0.002]) + chance.standard_normal(5) / 1_000 for _ in range(3)]
        (judged,) = judge([against(contender, *baselines)], ALPHA, IMAGE)
        for baseline, one in zip(baselines, judged.values(), strict=True):
            low, high = interval(paired_differences(contender, baseline), one.level, IMAGE)
            if not one.one_seed:
                told.add(one.outcome)
                assert one.outcome == (BETTER if low > 0.0 else WORSE if high < 0.0 else OPEN)
    assert told == {BETTER, WORSE, OPEN}
