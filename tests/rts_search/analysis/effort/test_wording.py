"""The sentences about effort under the table of arms."""

from pathlib import Path

import pytest

from rts_search.analysis.tables import Tables
from tests.rts_search.analysis.effort.tuned import tuned


def test_the_table_says_what_5_and_10_trials_buy(tmp_path: Path) -> None:
    text = Tables(tuned(), str(tmp_path)).markdown()
    for number in (5, 10, 12):
        assert f"After {number} trials: rts 9" in text
    assert "After 20 trials" not in text
    assert "stopped early might have reached" in text
    assert "with the worst value of the sweep" in text


def test_of_a_sampler_that_learns_it_says_that_one_search_is_seen(tmp_path: Path) -> None:
    text = Tables(tuned("search.sampler=tpe"), str(tmp_path)).markdown()
    assert "The sampler tpe learns from earlier trials" in text
    assert "stopped early might have reached" not in text


@pytest.mark.slow
def test_an_arm_that_tried_given_points_first_has_no_band(tmp_path: Path) -> None:
    study = tuned("search.trials=6", "search.points=[{training: {lr: 0.1, momentum: 0.9}, timing: {switch_epoch: 0}}]")
    text = Tables(study, str(tmp_path)).markdown()
    assert "For rts the best so far: rts tried given points first, so that the order of its trials counts" in text
    assert "to expect of so many trials: the mean over all orders" in text
