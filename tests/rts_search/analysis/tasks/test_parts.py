from dataclasses import replace

import numpy as np
import pytest

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.parts import interaction_of
from rts_search.analysis.tasks.table import TaskTable
from tests.rts_search.analysis.tasks.made_up import cell

GAINS = {"r": 0.01, "t": 0.02, "s": -0.005}


def of_parts(more: float, seeds: int = 8, noise: float = 0.0005, luck: float = 0.0) -> Cell:
    """A task in which RTS gains the sum of its parts' gains and `more`."""
    drawn = np.random.default_rng(1)
    runs = {"pugd": 0.9, **{name: 0.9 + gain for name, gain in GAINS.items()}}
    own = 0.9 + sum(GAINS.values()) + more + noise * drawn.normal(size=seeds)
    samples = {name: Sample(own, value + noise * drawn.normal(size=seeds), luck=luck) for name, value in runs.items()}
    return replace(cell(0, 0, {"pugd": 0.0}), samples=samples)


@pytest.mark.parametrize(("more", "answer"), [(0.01, "more"), (-0.01, "less"), (0.0, "not established")])
def test_the_interaction_is_what_the_parts_do_not_explain(more: float, answer: str) -> None:
    found = interaction_of(of_parts(more))
    assert found is not None
    assert found.answer == answer
    assert found.mean == pytest.approx(more, abs=0.001)
    assert found.parts == pytest.approx(GAINS, abs=0.001)
    assert found.gain == pytest.approx(sum(GAINS.values()) + more, abs=0.001)
    assert found.low < found.mean < found.high


def test_the_luck_of_tuning_counts_for_every_method() -> None:
    certain, lucky = interaction_of(of_parts(0.01)), interaction_of(of_parts(0.01, luck=0.01))
    assert certain is not None
    assert lucky is not None
    assert lucky.answer == "not established"
    assert lucky.high - lucky.low > certain.high - certain.low


def test_without_a_part_or_with_a_run_that_diverged_there_is_no_answer() -> None:
    whole = of_parts(0.01)
    for name in whole.samples:
        without = {other: sample for other, sample in whole.samples.items() if other != name}
        assert interaction_of(replace(whole, samples=without)) is None
    broken = np.array([np.nan, *whole.samples["t"].baseline[1:]])
    diverged = {**whole.samples, "t": replace(whole.samples["t"], baseline=broken)}
    assert interaction_of(replace(whole, samples=diverged)) is None


def test_the_table_says_whether_the_combination_is_more_than_its_parts() -> None:
    told = " ".join(TaskTable([of_parts(0.01, noise=0.0)]).sentences())
    assert (
        "task0: RTS is more than the sum of its parts. Gains over PUGD in points: RTS +3.50, radius alone +1.00, "
        "timing alone +2.00, scale alone -0.50, the three parts together +2.50. "
        "RTS minus this sum is +1.00 (95 % interval +0."
    ) in told
    assert ", 8 seeds)." in told
    assert "parts" not in " ".join(TaskTable([cell(0, 0, {"pugd": 0.0})]).sentences())
