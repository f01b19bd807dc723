"""A confirmation with a budget: it trains seed by seed, judges complete seeds, and continues with a larger budget."""

from pathlib import Path

import pytest

from rts_search.analysis.confirmation.page import markdown
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.sweep.confirm_section import ConfirmBudget
from tests.rts_search.analysis.confirmation.played import RULED, Played, reaching

BLOCK = 24 + 24 + 32
"""Gradient evaluations of one seed: the trial, SGD, and PUGD. PUGD gets whole epochs, so it costs more."""
MEASURED = FIRST_SEED["measuring"]


@pytest.mark.slow
def test_the_end_of_the_budget_is_a_look_at_the_seeds_that_are_complete(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    verdict = played.confirm(reaching(t3=0.92), seeds=6, budget=ConfirmBudget(gradient_evaluations=3 * BLOCK + 30))
    assert (verdict.look, verdict.comparisons[0].seeds) == (1, 3)
    assert "Judged are the 3 of 6 seeds that are complete for every method" in markdown(verdict, "mine")
    assert [label for label, _ in played.trained] == ["3", "sgd", "pugd"] * 3 + ["3", "sgd"]
    again = played.confirm(reaching(t3=0.92), seeds=6, budget=ConfirmBudget(gradient_evaluations=3 * BLOCK + 30))
    assert again == verdict, "the same budget trains and reads nothing new"
    more = played.confirm(reaching(t3=0.92), seeds=6, budget=ConfirmBudget(gradient_evaluations=100 * BLOCK))
    assert (more.look, more.comparisons[0].seeds, len(played.trained)) == (2, 6, 18)


def test_a_budget_that_ends_before_three_seeds_are_complete_spends_no_look(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    with pytest.raises(
        UserError, match=r"confirm\.budget: 170 gradient evaluations are used up with 2 of 5 seeds complete"
    ):
        played.confirm(reaching(), budget=ConfirmBudget(gradient_evaluations=2 * BLOCK + 10))
    assert played.confirm(reaching(), budget=ConfirmBudget(gradient_evaluations=5000)).look == 1


def test_a_budget_that_ends_in_the_screening_says_so(tmp_path: Path) -> None:
    played = Played.at(tmp_path).searched()
    with pytest.raises(UserError, match="30 gradient evaluations are used up before the screening was complete"):
        played.confirm(reaching(), top_k=2, budget=ConfirmBudget(gradient_evaluations=30))


def test_where_the_data_decide_the_switch_seeds_are_completed_one_by_one(tmp_path: Path) -> None:
    played = Played.at(tmp_path, space=RULED, settings=("baselines=[sgd]",), switches=lambda _: 1).searched()
    verdict = played.confirm(reaching(), seeds=5, budget=ConfirmBudget(gradient_evaluations=48 * 3 + 20))
    assert verdict.comparisons[0].seeds == 3
    seeds = [(label, seed - MEASURED) for label, seed in played.trained]
    assert seeds == [("3", 0), ("sgd", 0), ("3", 1), ("sgd", 1), ("3", 2), ("sgd", 2), ("3", 3)]
