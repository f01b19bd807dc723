"""The luck of tuning, estimated from the best trials of an arm, and what it does to a verdict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rts_search.analysis.confirmation.decisions import BETTER, OPEN, Sample, judge
from rts_search.analysis.confirmation.page import markdown
from rts_search.analysis.confirmation.statistics import bootstrap, interval, p_better
from rts_search.analysis.confirmation.tuning_luck import tuning_luck
from rts_search.analysis.confirmation.wording import sentence
from tests.rts_search.analysis.confirmation.played_arms import PlayedArms, by_arm

DIFFERENCES = np.array([0.010, 0.012, 0.008, 0.011, 0.009])


def test_it_is_half_of_the_spread_of_the_best_three() -> None:
    assert tuning_luck([0.93, 0.92, 0.91, 0.5]) == pytest.approx(0.005)
    assert tuning_luck([0.93, 0.91]) == pytest.approx(0.5 * np.std([0.93, 0.91], ddof=1))
    assert tuning_luck([0.93, 0.93, 0.93]) == 0.0
    assert tuning_luck([0.93]) == tuning_luck([]) == 0.0


def test_it_widens_both_intervals_and_raises_p() -> None:
    narrow, wide = interval(DIFFERENCES, 0.95, 0.0), interval(DIFFERENCES, 0.95, 0.0, luck=0.004)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert np.mean(wide) == pytest.approx(np.mean(narrow))
    resampled, wider = bootstrap(DIFFERENCES, 0.95), bootstrap(DIFFERENCES, 0.95, luck=0.004)
    assert wider[0] < resampled[0] < resampled[1] < wider[1]
    assert p_better(DIFFERENCES, 0.0) < p_better(DIFFERENCES, 0.0, luck=0.004)


def test_a_difference_that_luck_explains_is_not_claimed() -> None:
    sample = Sample(0.9 + DIFFERENCES, np.full(5, 0.9))
    for luck, outcome in ((0.0, BETTER), (0.01, OPEN)):
        assert judge([{"sgd": replace(sample, luck=luck)}], 0.04, 1e-4)[0]["sgd"].outcome == outcome


def test_the_interval_excludes_zero_exactly_where_the_difference_is_claimed() -> None:
    for luck in np.linspace(0.0, 0.01, 21):
        ((judged,),) = (
            tuple(one.values()) for one in judge([{"sgd": Sample(DIFFERENCES, 0 * DIFFERENCES, luck=luck)}], 0.04, 0.0)
        )
        low, _ = interval(DIFFERENCES, judged.level, 0.0, luck)
        assert (low > 0.0) == (judged.outcome == BETTER) or judged.one_seed


def test_the_verdict_of_arms_tells_the_luck_that_it_counts(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path)
    values: dict[str, list[float]] = {"rts": [], "sgd": [], "pugd": []}
    for entry in played.sweep.trials():
        values[entry.arm].append(entry.gain(played.sweep.sweep.objective))
    luck = {arm: tuning_luck(sorted(found, reverse=True)) for arm, found in values.items()}
    for one in played.confirm(by_arm(rts=0.93)).comparisons:
        assert one.tuning_luck == pytest.approx(np.hypot(luck["rts"], luck[one.baseline])) != 0.0


def test_the_sentence_names_an_arm_whose_luck_is_unknown(tmp_path: Path) -> None:
    equal, one_trial = PlayedArms.of(tmp_path), {"effort": {"sgd": 1}, "sampler": "random", "trials": 3}
    (tmp_path / "other").mkdir()
    single = PlayedArms.of(tmp_path / "other", search=one_trial)
    told = "SGD has completed one trial: the luck of tuning there is not known or counted."
    assert told not in sentence(equal.confirm(by_arm(rts=0.93)))
    assert told in sentence(single.confirm(by_arm(rts=0.93)))


def test_the_page_says_that_luck_is_counted_only_where_it_was(tmp_path: Path) -> None:
    verdict = PlayedArms.of(tmp_path).confirm(by_arm(rts=0.93))
    earlier = replace(verdict, comparisons=tuple(replace(one, tuning_luck=None) for one in verdict.comparisons))
    assert "p and the intervals count this luck of tuning" in markdown(verdict, "mine")
    assert "count this luck" not in markdown(earlier, "mine")
    assert "The claims are about the settings that this tuning has found." in markdown(earlier, "mine")
