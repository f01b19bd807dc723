import numpy as np
import pytest

from rts_search.analysis.advice.features import features_of
from rts_search.analysis.advice.marginals import Marginal, marginals
from tests.rts_search.analysis.advice.made_up import evidence


def found(trials: int = 200, seed: int = 0, effect: float = 2.0) -> dict[str, Marginal]:
    made = evidence(trials, seed, effect)
    features = [feature for feature in features_of(made.settings) if feature.name in ("training.lr", "radius.shape")]
    return {marginal.feature.name: marginal for marginal in marginals(features, made.scores, made.blocks)}


def test_the_best_values_are_good_and_those_far_behind_are_ruled_out() -> None:
    shape, rate = found()["radius.shape"], found()["training.lr"]
    assert shape.feature.classes == ("constant", "cosine", "sine")
    assert shape.good.tolist() == [False, False, True]
    assert shape.ruled_out.tolist() == [True, True, False]
    assert rate.good[2]
    assert rate.ruled_out[[0, 4]].all()
    assert not rate.ruled_out[2]


def test_an_interval_has_its_mean_inside_and_shrinks_with_more_trials() -> None:
    few, many = found(60)["radius.shape"], found(600)["radius.shape"]
    for one in (few, many):
        assert ((one.low < one.mean) & (one.mean < one.high)).all()
    assert (many.high - many.low).max() < 0.5 * (few.high - few.low).max()


@pytest.mark.slow
@pytest.mark.parametrize(("tables", "most"), [(8, 2), pytest.param(40, 6, marks=pytest.mark.campaign)])
def test_the_best_value_is_never_ruled_out_and_values_alike_seldom(tables: int, most: int) -> None:
    """Two of three shapes are alike: in most tables neither of them is ruled out against the other.

    More would occur in one of 170 such tests if the share were 5 %.
    """
    wrong = 0
    for seed in range(tables):
        shape = found(60, seed, effect=0.0)["radius.shape"]
        assert not shape.ruled_out[int(np.argmax(shape.mean))]
        wrong += bool(shape.ruled_out.any())
    assert wrong <= most


@pytest.mark.parametrize(("score", "percentile"), [(0.0, 50.0), (1.0, 84.134), (-1.0, 15.866)])
def test_a_score_is_shown_as_the_share_of_trials_below_it(score: float, percentile: float) -> None:
    assert found(60)["radius.shape"].percentile(score) == pytest.approx(percentile, abs=1e-3)


def test_no_setting_has_no_marginal() -> None:
    made = evidence(20)
    assert marginals([], made.scores, made.blocks) == []
