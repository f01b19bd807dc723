import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from rts_search.analysis.advice.advice import Advice
from rts_search.analysis.advice.evidence import Evidence, normal_scores
from rts_search.analysis.advice.picture import picture
from tests.rts_search.analysis.advice.made_up import evidence


def test_the_page_says_what_matters_what_is_good_and_what_is_ruled_out() -> None:
    advice = Advice(evidence(200))
    first, second, others = advice.summary()
    assert {first.split(" matters")[0], second.split(" matters")[0]} == {"lr", "radius.shape"}
    of_shape = next(line for line in (first, second) if line.startswith("radius.shape"))
    assert "best sine (better than" in of_shape
    assert "ruled out constant (better than" in of_shape
    assert others.startswith("No effect is established of ")
    assert "idle (p = " in others
    page = advice.markdown()
    assert page.count("| ruled out |") == sum(row[-1] == "ruled out" for row in advice.rows()) >= 3
    assert "200 trials of sweep0: 200 completed." in page


def test_without_any_effect_the_page_claims_nothing_and_says_what_could_have_been_seen() -> None:
    advice = Advice(evidence(60, effect=0.0))
    assert advice.summary()[0] == (
        "These trials do not show that any setting matters. This does not show that none does."
    )
    assert advice.rows() == []
    assert picture(advice.marginals) is None
    assert 60 < advice.visible < 75
    assert f"ends better than {advice.visible:.0f} % of all trials" in advice.markdown()


def test_more_trials_let_smaller_effects_be_seen() -> None:
    assert Advice(evidence(600)).visible < Advice(evidence(60)).visible


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tables", "least", "most"), [(30, 18, 29), pytest.param(100, 70, 90, marks=pytest.mark.campaign)]
)
def test_the_visible_effect_is_found_four_times_in_five(tables: int, least: int, most: int) -> None:
    """A setting of two kinds, with an effect of the stated size. Fewer or more would occur in one of 100 such tests."""
    drawn, trials, hits = np.random.default_rng(0), 60, 0
    apart = stats.norm.ppf(_of_two_kinds(np.arange(trials) % 2, np.zeros(trials)).visible / 100)
    for _ in range(tables):
        kind = drawn.permutation(np.arange(trials) % 2)
        value = drawn.normal(size=trials) * np.sqrt(1 - apart**2) + apart * (2 * kind - 1)
        hits += _of_two_kinds(kind, value).effects[0].claimed
    assert least <= hits <= most


def _of_two_kinds(kind: NDArray[np.int64], value: NDArray[np.float64]) -> Advice:
    scores = normal_scores([(one,) for one in value])
    return Advice(Evidence(pd.DataFrame({"kind": kind}), scores, np.zeros(len(kind), int), {}, ("one",)))


def test_plain_values_hold_all_that_the_page_shows() -> None:
    advice = Advice(evidence(200))
    plain = advice.to_dict()
    assert plain["trials"] == plain["completed"] == 200
    assert [one["setting"] for one in plain["settings"]][:2] == [
        effect.feature.name for effect in advice.effects if effect.claimed
    ]
    assert len(plain["values"]) == len(advice.rows())


def test_the_figure_has_a_point_for_each_value() -> None:
    advice = Advice(evidence(200))
    figure = picture(advice.marginals)
    assert figure is not None
    assert sum(len(dots["x"]) for dots in figure.data) == len(advice.rows())
    assert {dots["name"] for dots in figure.data} >= {"good", "ruled out"}
