from dataclasses import replace

import numpy as np
import pytest

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, INCOMPLETE, OPEN, WORSE, Sample
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.family import judged
from tests.rts_search.analysis.tasks.made_up import cell, cells


def claims(table: list[Cell], wanted: str = BETTER) -> int:
    found = judged(table)
    single = [one.outcome for of_cell in found.cells for one in of_cell.values()]
    return [*single, *(pooled.judgement.outcome for pooled in found.pooled.values())].count(wanted)


def test_large_effects_are_established_in_every_cell_and_on_average() -> None:
    assert claims(cells(effect=8.0, seeds=8)) == 4 * 3 + 3
    assert claims(cells(effect=-8.0, seeds=8), WORSE) == 4 * 3 + 3


def test_the_mean_shows_an_effect_that_no_single_task_shows() -> None:
    table = cells(seed=1, tasks=12, effect=0.9, seeds=5)
    found = judged(table)
    assert all(pooled.judgement.outcome == BETTER for pooled in found.pooled.values())
    assert sum(one.outcome == BETTER for of_cell in found.cells for one in of_cell.values()) <= 4


def test_where_nothing_is_better_few_tables_claim_anything() -> None:
    """300 tables of 2 x 3 cells without effects: more than 25 would occur in one of 200 such tests at 5 %."""
    wrong = sum(bool(claims(cells(seed, tasks=6, seeds=5))) for seed in range(300))
    assert wrong <= 25


@pytest.mark.parametrize("effect", [0.0, 1.5, -3.0])
def test_an_interval_excludes_0_exactly_where_its_comparison_is_established(effect: float) -> None:
    for seed in range(20):
        found = judged(cells(seed, effect=effect))
        for one in [pooled.judgement for pooled in found.pooled.values()]:
            assert one.low is not None
            assert one.high is not None
            assert (one.low > 0) == (one.outcome == BETTER)
            assert (one.high < 0) == (one.outcome == WORSE)
        for one in [one for of_cell in found.cells for one in of_cell.values() if one.p < 1.0]:
            assert one.low is not None
            assert (one.low > 0) >= (one.outcome == BETTER)


def test_the_luck_of_tuning_widens_the_mean() -> None:
    certain, lucky = (judged([cell(n, 0, {"sgd": 2.0}, luck=luck) for n in range(4)]) for luck in (0.0, 0.02))
    narrow, wide = (found.pooled["sgd"].judgement for found in (certain, lucky))
    assert narrow.difference == wide.difference
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


def test_a_run_that_diverged_is_told_and_its_rival_has_no_mean() -> None:
    table = cells(effect=8.0, seeds=6)
    broken = np.array([np.nan, *table[0].samples["sgd"].contender[1:]])
    ours = replace(table[0], samples={**table[0].samples, "sgd": Sample(broken, table[0].samples["sgd"].baseline)})
    missing = replace(table[1], samples={**table[1].samples, "sam": replace(table[1].samples["sam"], complete=False)})
    found = judged([ours, missing, *table[2:]])
    assert found.cells[0]["sgd"].outcome == DIVERGED
    assert found.cells[1]["sam"].outcome == INCOMPLETE
    assert found.pooled["sgd"].judgement.difference is None
    assert found.pooled["sgd"].judgement.outcome == found.pooled["sam"].judgement.outcome == INCOMPLETE
    assert found.pooled["pugd"].judgement.outcome == BETTER


def test_only_rivals_that_all_tasks_have_are_averaged_and_one_task_has_no_mean() -> None:
    table = [cell(0, 0, {"sgd": 0.0, "asam": 0.0}), cell(1, 0, {"sgd": 0.0})]
    assert set(judged(table).pooled) == {"sgd"}
    assert judged(table[:1]).pooled == {}
    assert judged(table).pooled["sgd"].low is None, "two tasks say nothing about others"


def test_the_interval_over_tasks_is_that_of_their_means() -> None:
    from scipy import stats

    table = cells(effect=1.0, tasks=5)
    pooled = judged(table).pooled["sgd"]
    means = [float((one.samples["sgd"].contender - one.samples["sgd"].baseline).mean()) for one in table]
    wanted = stats.t.interval(0.95, 4, np.mean(means), np.std(means, ddof=1) / np.sqrt(5))
    assert (pooled.low, pooled.high) == pytest.approx(wanted)


def test_the_level_is_the_least_that_a_look_has_spent() -> None:
    table = cells(effect=2.0)
    assert judged([replace(table[0], alpha=0.01), *table[1:]]).alpha == 0.01
    assert claims([replace(one, alpha=0.0) for one in table]) == 0
    assert claims([replace(one, alpha=0.0) for one in table], OPEN) == 15
